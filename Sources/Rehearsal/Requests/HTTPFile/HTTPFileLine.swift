/// A line of a `.http` file.
struct HTTPFileLine {
  /// Without its end.
  var text: String
  /// Where it begins in the source.
  var offset: Int

  /// The text without white space at its ends.
  var trimmed: String { text.trimming { $0 == " " || $0 == "\t" } }

  var isBlank: Bool { text.allSatisfy { $0 == " " || $0 == "\t" } }

  /// What stands behind `#` or `//`; `nil` if this is no comment.
  var comment: String? {
    let text = trimmed
    guard text.hasPrefix("#") || text.hasPrefix("//") else { return nil }
    return text.drop { $0 == "#" || $0 == "/" }.trimming { $0 == " " || $0 == "\t" }
  }

  /// `name` and `value` of a line `@name = value`.
  var variable: (name: String, value: String)? {
    let text = trimmed
    guard text.hasPrefix("@"), let equals = text.firstIndex(of: "=") else { return nil }
    let name = text[text.index(after: text.startIndex)..<equals].trimming { $0 == " " || $0 == "\t" }
    return (name, text[text.index(after: equals)...].trimming { $0 == " " || $0 == "\t" })
  }

  /// The lines of a source.
  /// - Throws: a problem for octets that are not UTF-8, and for a NUL.
  static func lines(of source: RequestSource) throws(RequestProblem) -> [HTTPFileLine] {
    var lines: [HTTPFileLine] = []
    var offset = 0
    for octets in source.octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = octets.last == UInt8(ascii: "\r") ? octets.dropLast() : octets
      guard let text = String(validating: line, as: UTF8.self) else {
        throw source.problem(
          "This line is not UTF-8; put such a body into a file of its own and write '< FILE'.", at: offset)
      }
      guard !line.contains(0) else { throw source.problem("This line holds a NUL.", at: offset) }
      lines.append(HTTPFileLine(text: text, offset: offset))
      offset += octets.count + 1
    }
    return lines
  }
}
