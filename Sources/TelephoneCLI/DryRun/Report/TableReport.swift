import HTTPTypes
import Rehearsal
import TelephoneKit

/// Writes a line for each request of a dry-run.
struct TableReport {
  /// The most characters of a target.
  static let longestTarget = 60

  let terminal: Terminal

  func lines(_ pass: DryRunPass) -> [String] {
    let isMoving = pass.exchanges.contains { $0.offset > .zero }
    let names = pass.exchanges.map(\.result.request.name)
    let hasNames = names.contains { $0 != nil }
    var columns: [Column] = [
      Column("#", isRight: true) { String($0.number) },
      Column("METHOD") { $0.result.request.method.rawValue },
      Column("TARGET") { Self.cut($0.result.redaction.shown(target: $0.result.request.target)) },
      Column("STATUS") { $0.result.answer.status.map { String($0.code) } ?? "-" },
      Column("OUTCOME") { $0.result.outcome.kind.rawValue },
      Column("DECIDED BY") { $0.result.outcome.decidedBy ?? "-" },
      Column("CODE") { $0.result.outcome.code ?? "-" },
      Column("TIME") { Timing(real: $0.result.realElapsed, clock: $0.result.elapsed).words },
    ]
    if isMoving { columns.insert(Column("AT") { "+\($0.offset.text)" }, at: 1) }
    if hasNames { columns.append(Column("NAME") { Self.cut($0.result.redaction.shown($0.result.request.name ?? "")) }) }
    let cells = columns.map { column in pass.exchanges.map(column.text) }
    let widths = zip(columns, cells).map { column, cells in max(column.title.count, cells.map(\.count).max() ?? 0) }
    func row(_ texts: [String]) -> String {
      zip(columns, zip(texts, widths)).map { column, cell in
        column.isRight
          ? String(repeating: " ", count: max(cell.1 - cell.0.count, 0)) + cell.0 : cell.0.padded(to: cell.1)
      }.joined(separator: "  ").trimmedAtEnd
    }
    return [terminal.dim(row(columns.map(\.title)))]
      + pass.exchanges.enumerated().map { index, exchange in
        colored(row(cells.map { $0[index] }), exchange.result.outcome.kind)
      }
  }

  private struct Column {
    let title: String
    let isRight: Bool
    let text: (DryRunPass.Exchange) -> String

    init(_ title: String, isRight: Bool = false, text: @escaping (DryRunPass.Exchange) -> String) {
      self.title = title
      self.isRight = isRight
      self.text = text
    }
  }

  private func colored(_ line: String, _ kind: Outcome.Kind) -> String {
    switch kind {
    case .delivered: line
    case .refused: terminal.yellow(line)
    case .failed, .abandoned: terminal.red(line)
    }
  }

  private static func cut(_ text: String) -> String {
    text.count > longestTarget ? "\(text.prefix(longestTarget - 1))…" : text
  }
}

extension String {
  /// The text without spaces at its end.
  fileprivate var trimmedAtEnd: String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
