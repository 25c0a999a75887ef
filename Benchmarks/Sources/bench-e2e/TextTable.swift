/// A Markdown table with its columns in line. The first two are text, the others are numbers.
struct TextTable {
  private var lines: [[String]]

  init(_ titles: [String]) { lines = [titles] }

  mutating func add(_ cells: [String]) { lines.append(cells) }

  var text: String {
    let columns = lines.first?.count ?? 0
    let widths = (0..<columns).map { column in lines.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 ? cell + space : space + cell
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = widths.enumerated().map { column, width in
      column < 2 ? String(repeating: "-", count: width + 2) : String(repeating: "-", count: width + 1) + ":"
    }
    return ([line(lines[0]), "|" + rule.joined(separator: "|") + "|"] + lines.dropFirst().map(line))
      .joined(separator: "\n")
  }
}
