package import TelephoneKit

/// The text of a file, and where in it a person sees what.
///
/// Lines end with LF, CRLF or CR. Columns count characters as a person sees them, so that an emoji or an accented letter
/// is one column however many Unicode scalars it has; a tab is one too.
package struct SourceText: Sendable {
  package let file: String
  package let scalars: [Unicode.Scalar]
  /// The first scalar of each line.
  private let lineStarts: [Int]
  /// The column of each scalar, from 1, and of the end.
  private let columns: [UInt32]

  package init(file: String, text: String) {
    self.file = file
    var scalars: [Unicode.Scalar] = []
    var lineStarts = [0]
    var columns: [UInt32] = []
    var column: UInt32 = 1
    for character in text {
      for scalar in character.unicodeScalars {
        scalars.append(scalar)
        columns.append(column)
      }
      if character == "\n" || character == "\r\n" || character == "\r" {
        lineStarts.append(scalars.count)
        column = 1
      } else {
        column += 1
      }
    }
    columns.append(column)
    self.scalars = scalars
    self.lineStarts = lineStarts
    self.columns = columns
  }

  /// The place of a scalar; the place after the last one for what lies behind it.
  package func place(at index: Int) -> Place {
    let index = min(max(index, 0), scalars.count)
    return Place(file: file, line: line(of: index), column: Int(columns[index]))
  }

  /// The number of the line, from 1, in which a scalar stands.
  private func line(of index: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= index { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The scalars of a line, without its end; `nil` if there is no such line.
  package func range(ofLine number: Int) -> Range<Int>? {
    guard lineStarts.indices.contains(number - 1) else { return nil }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : scalars.count
    while end > start, scalars[end - 1] == "\n" || scalars[end - 1] == "\r" { end -= 1 }
    return start..<end
  }

  /// The scalar of a line at a column from 1; the line's end for a column behind it.
  func index(ofColumn column: Int, in line: Range<Int>) -> Int {
    var (low, high) = (line.lowerBound, line.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if Int(columns[middle]) < column { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The part of a line that lies within so many scalars of an index and cuts no character in two.
  func range(around index: Int, reach: Int, in line: Range<Int>) -> Range<Int> {
    var start = max(line.lowerBound, index - reach)
    while start > line.lowerBound, columns[start] == columns[start - 1] { start -= 1 }
    return start..<min(line.upperBound, index + reach)
  }

  package func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range.clamped(to: 0..<scalars.count)])
    return String(view)
  }

  /// The index of the scalar that begins at an octet of the UTF-8 text.
  func index(ofOctet octet: Int) -> Int {
    var seen = 0
    for (index, scalar) in scalars.enumerated() {
      if seen >= octet { return index }
      seen += UTF8.width(scalar)
    }
    return scalars.count
  }
}
