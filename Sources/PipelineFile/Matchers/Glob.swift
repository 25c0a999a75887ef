/// A pattern of segments: `*` stands for any octets within a segment, `**` for any number of whole segments, also none.
/// All else is compared octet for octet. Matching takes at most pattern times text steps.
package struct Glob: Sendable, Hashable {
  private enum Segment: Sendable, Hashable {
    case octets([UInt8])
    /// `**`
    case any
  }

  package let text: String
  private let segments: [Segment]
  private let separator: UInt8

  /// - Returns: `nil` if `**` stands in a segment with something else.
  package init?(_ text: String, separator: Character) {
    guard let separator = separator.asciiValue else { return nil }
    self.text = text
    self.separator = separator
    var segments: [Segment] = []
    for part in text.utf8.split(separator: separator, omittingEmptySubsequences: false) {
      let part = Array(part)
      let isAny = part == [UInt8(ascii: "*"), UInt8(ascii: "*")]
      if !isAny, zip(part, part.dropFirst()).contains(where: { $0 == UInt8(ascii: "*") && $1 == UInt8(ascii: "*") }) {
        return nil
      }
      segments.append(isAny ? .any : .octets(part))
    }
    self.segments = segments
  }

  package func matches(_ text: some StringProtocol) -> Bool {
    let parts = Array(text.utf8).split(separator: separator, omittingEmptySubsequences: false)
    return Self.matches(
      segments, parts, isAny: { $0 == .any },
      one: { segment, part in
        guard case .octets(let pattern) = segment else { return true }
        return Self.matches(pattern[...], part, isAny: { $0 == UInt8(ascii: "*") }, one: ==)
      })
  }

  /// Whether a text without segments matches a pattern in which `*` stands for any octets.
  static func matches(_ text: some StringProtocol, wholly pattern: [UInt8]) -> Bool {
    matches(pattern, Array(text.utf8), isAny: { $0 == UInt8(ascii: "*") }, one: ==)
  }

  /// Goes back to the last star only: it is never of use to let an earlier one take more.
  private static func matches<Pattern: RandomAccessCollection, Text: RandomAccessCollection>(
    _ pattern: Pattern, _ text: Text, isAny: (Pattern.Element) -> Bool, one: (Pattern.Element, Text.Element) -> Bool
  ) -> Bool {
    var (p, t) = (pattern.startIndex, text.startIndex)
    var star: (next: Pattern.Index, taken: Text.Index)?
    while t < text.endIndex {
      if p < pattern.endIndex, isAny(pattern[p]) {
        p = pattern.index(after: p)
        star = (p, t)
      } else if p < pattern.endIndex, one(pattern[p], text[t]) {
        (p, t) = (pattern.index(after: p), text.index(after: t))
      } else if let last = star {
        let taken = text.index(after: last.taken)
        star = (last.next, taken)
        (p, t) = (last.next, taken)
      } else {
        return false
      }
    }
    while p < pattern.endIndex, isAny(pattern[p]) { p = pattern.index(after: p) }
    return p == pattern.endIndex
  }

  /// Whether some text matches both.
  package func overlaps(_ other: Glob) -> Bool {
    separator == other.separator
      && Self.overlaps(
        segments, other.segments, isAny: { $0 == .any },
        one: { left, right in
          guard case .octets(let left) = left, case .octets(let right) = right else { return true }
          return Self.overlaps(left, right, isAny: { $0 == UInt8(ascii: "*") }, one: ==)
        })
  }

  /// Whether it is sure that this matches all that the other one does: the other is the same, or has no star in it, or
  /// begins with what this one has before a `**` at its end.
  package func covers(_ other: Glob) -> Bool {
    guard separator == other.separator else { return false }
    if segments == other.segments { return true }
    if !other.text.utf8.contains(UInt8(ascii: "*")) { return matches(other.text) }
    return segments.last == .any && other.segments.starts(with: segments.dropLast())
  }

  /// Goes through both side by side; `reachable` holds how much of the second can go with what was seen of the first.
  private static func overlaps<Element>(
    _ left: [Element], _ right: [Element], isAny: (Element) -> Bool, one: (Element, Element) -> Bool
  ) -> Bool {
    var reachable = [Bool](repeating: false, count: right.count + 1)
    reachable[0] = true
    for j in right.indices where isAny(right[j]) && reachable[j] { reachable[j + 1] = true }
    for element in left {
      var next = [Bool](repeating: false, count: right.count + 1)
      next[0] = reachable[0] && isAny(element)
      for j in right.indices {
        next[j + 1] =
          isAny(element) || isAny(right[j]) ? reachable[j + 1] || next[j] : reachable[j] && one(element, right[j])
      }
      reachable = next
    }
    return reachable[right.count]
  }
}
