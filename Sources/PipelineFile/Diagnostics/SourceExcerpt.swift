package import TelephoneKit

/// A line of a source and a line with a caret that stands under a character of it in a terminal.
package struct SourceExcerpt: Sendable, Hashable {
  package var line: String
  package var caret: String
  /// The column of the place in the whole line, counted in Unicode scalars from 1.
  package var scalarColumn: Int

  /// The most characters of a line that are shown.
  static let most = 120

  /// - Parameter secrets: the scalars of the source that are shown as `‹secret›`.
  package init?(of source: SourceText, at place: Place, hiding secrets: [Range<Int>] = []) {
    guard let line = source.range(ofLine: place.line) else { return nil }
    // Of a line that is very long only what lies near the place is looked at.
    let target = source.index(ofColumn: place.column, in: line)
    let range = source.range(around: target, reach: 10 * Self.most, in: line)
    let hidden = secrets.filter { $0.overlaps(range) }
    // The characters, with hidden parts replaced; where the caret goes is found on the way.
    var shown: [Character] = []
    var caret: Int?
    var index = range.lowerBound
    for character in source.text(range) {
      if index == target { caret = shown.count }
      if let secret = hidden.first(where: { $0.contains(index) }) {
        if index == max(secret.lowerBound, range.lowerBound) { shown += Array(Redaction.mark) }
      } else {
        shown.append(character)
      }
      index += character.unicodeScalars.count
    }
    let position = min(caret ?? shown.count, shown.count)
    var window = shown[...]
    var (before, after) = (range.lowerBound > line.lowerBound ? "…" : "", range.upperBound < line.upperBound ? "…" : "")
    if shown.count > Self.most {
      let start = min(max(0, position - Self.most / 2), shown.count - Self.most)
      window = shown[start..<start + Self.most]
      if start > 0 { before = "…" }
      if window.endIndex < shown.count { after = "…" }
    }
    let lead = before + String(window[..<min(max(position, window.startIndex), window.endIndex)])
    self.scalarColumn = target - line.lowerBound + 1
    self.line = before + String(window.map(Self.printable)) + after
    self.caret = lead.map(Self.blank).joined() + "^"
  }

  /// Controls would move the cursor, or worse.
  private static func printable(_ character: Character) -> Character {
    guard let first = character.unicodeScalars.first, character != "\t" else { return character }
    return first.isUnsafe ? "\u{FFFD}" : character
  }

  /// As much white as a character takes: a tab for a tab, two cells for a wide one.
  private static func blank(_ character: Character) -> String {
    if character == "\t" { return "\t" }
    return isWide(character) ? "  " : " "
  }

  /// East Asian wide and full-width forms, and emoji (Unicode Standard Annex 11).
  private static func isWide(_ character: Character) -> Bool {
    guard let first = character.unicodeScalars.first else { return false }
    if first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return true }
    return switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
