/// A status code or several: `404`, `4xx`, `500-599`.
package struct StatusRange: Sendable, Hashable {
  package let text: String
  private let codes: ClosedRange<Int>

  /// `nil` for anything else, and for codes outside 100 to 599.
  package init?(_ text: String) {
    self.text = text
    if text.utf8.count == 3, text.hasSuffix("xx"), let hundreds = text.first?.wholeNumberValue {
      guard (1...5).contains(hundreds) else { return nil }
      codes = hundreds * 100...hundreds * 100 + 99
      return
    }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
      end.utf8.count == 3 ? Int(end) : nil
    }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
      (100...599).contains(first), (100...599).contains(last)
    else { return nil }
    codes = first...last
  }

  package func contains(_ code: Int) -> Bool { codes.contains(code) }
}
