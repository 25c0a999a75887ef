import TelephoneKit

/// What was expected beside what came, for people: two lines, or the lines in which longer texts differ.
struct TextDiff {
  /// The most lines of each that are compared, and the most characters of a line that are shown.
  static let mostLines = 500
  static let mostCharacters = 400

  private let expected: [Substring]
  private let actual: [Substring]

  init(expected: String, actual: String) {
    self.expected = Self.split(expected)
    self.actual = Self.split(actual)
  }

  private static func split(_ text: String) -> [Substring] {
    text.split(maxSplits: mostLines, omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  func lines(_ terminal: Terminal) -> [String] {
    guard expected.count > 1 || actual.count > 1 else {
      return ["expected \(terminal.green(Self.shown(expected)))", "found    \(terminal.red(Self.shown(actual)))"]
    }
    let difference = actual.difference(from: expected)
    let removed = Set(difference.removals.map(Self.offset))
    let inserted = Set(difference.insertions.map(Self.offset))
    var lines = [terminal.dim("- expected, + found")]
    var (left, right) = (0, 0)
    while left < expected.count || right < actual.count {
      if left < expected.count, removed.contains(left) {
        lines.append(terminal.green("- \(Self.shown([expected[left]]))"))
        left += 1
      } else if right < actual.count, inserted.contains(right) {
        lines.append(terminal.red("+ \(Self.shown([actual[right]]))"))
        right += 1
      } else {
        if left < expected.count { lines.append("  \(Self.shown([expected[left]]))") }
        left += 1
        right += 1
      }
    }
    return lines
  }

  private static func offset(_ change: CollectionDifference<Substring>.Change) -> Int {
    switch change {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }

  private static func shown(_ lines: [Substring]) -> String {
    let text = lines.joined()
    return text.isEmpty ? "(nothing)" : cut(text)
  }

  /// The beginning of a text that is very long.
  static func cut(_ text: String) -> String {
    let head = text.prefix(mostCharacters)
    let isCut = head.endIndex < text.endIndex
    return printable(String(head)) + (isCut ? "… (\(text.utf8.count) octets)" : "")
  }

  /// What could move the cursor, or worse, becomes U+FFFD.
  static func printable(_ text: String) -> String { text.printable(withTabs: true) }
}
