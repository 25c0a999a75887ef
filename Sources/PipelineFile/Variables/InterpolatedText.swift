/// A text with references to variables, taken apart: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar. A dollar
/// before anything else is just a dollar.
struct InterpolatedText {
  enum Part: Equatable {
    case text(String)
    case variable(name: String, orElse: String?)
    /// A reference that is not well-formed.
    case fault(String)
  }

  /// The parts, each with the number of `${` that stand before it in the text.
  private(set) var parts: [(part: Part, opening: Int)] = []

  /// How often `${` stands in a text.
  static func openings(in text: some StringProtocol) -> Int {
    zip(text.unicodeScalars, text.unicodeScalars.dropFirst()).count { $0 == "$" && $1 == "{" }
  }

  init(_ text: String) {
    var rest = text.unicodeScalars[...]
    var literal = String.UnicodeScalarView()
    var opening = 0
    while let first = rest.popFirst() {
      guard first == "$", let second = rest.first, second == "$" || second == "{" else {
        literal.append(first)
        continue
      }
      if second == "$" {
        rest.removeFirst()
        literal.append("$")
        if rest.first == "{" { opening += 1 }
        continue
      }
      if !literal.isEmpty { parts.append((.text(String(literal)), opening)) }
      literal = .init()
      let reference = rest.dropFirst().prefix { $0 != "}" }
      let isClosed = reference.endIndex < rest.endIndex
      let content = String(reference)
      parts.append((Self.part(content, isClosed: isClosed), opening))
      opening += 1 + Self.openings(in: content)
      rest = isClosed ? rest[rest.index(after: reference.endIndex)...] : rest[rest.endIndex...]
    }
    if !literal.isEmpty { parts.append((.text(String(literal)), opening)) }
  }

  private static func part(_ content: String, isClosed: Bool) -> Part {
    guard isClosed else { return .fault("this '${' is never closed with '}'; write '$$' for a dollar") }
    let name = String(content.prefix { $0 != ":" })
    let rest = content.dropFirst(name.count)
    if openings(in: content) > 0 {
      return .fault("a variable cannot stand in the default of another")
    }
    guard VariableDeclaration.isName(name), rest.isEmpty || rest.hasPrefix(":-") else {
      return .fault("'${' wants NAME} or NAME:-default} after it, with a name of letters, digits and '_'")
    }
    return .variable(name: name, orElse: rest.isEmpty ? nil : String(rest.dropFirst(2)).replacing("$$", with: "$"))
  }
}
