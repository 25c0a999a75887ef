package import TelephoneKit

/// What a file says under `variables` about one of the things that it expects from outside.
package struct VariableDeclaration: Sendable, Hashable {
  package var name: String
  package var place: Place
  /// What it is when it is set nowhere.
  package var defaultText: String?
  /// For people.
  package var summary: String?
  /// What `check`, `dry-run` and `test` take when it is set nowhere.
  package var example: String?
  /// Whether its value is shown as `‹secret›` everywhere.
  package var isSecret = false

  package init(name: String, place: Place) {
    self.name = name
    self.place = place
  }

  /// Whether a text can name a variable: letters, digits and `_`, no digit first.
  package static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.utf8.allSatisfy { octet in
      switch octet {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}

/// The variables of a file and of the fragments that it includes.
package struct VariableDeclarations: Sendable {
  package private(set) var byName: [String: VariableDeclaration] = [:]

  package init() {}

  package subscript(name: String) -> VariableDeclaration? { byName[name] }

  /// The names, sorted.
  package var names: [String] { byName.keys.sorted() }

  /// The first declaration of a name counts, so that a file overrules the fragments that it includes; what one of them
  /// calls secret stays secret.
  mutating func add(_ declaration: VariableDeclaration) {
    guard let first = byName[declaration.name] else {
      byName[declaration.name] = declaration
      return
    }
    var joined = first
    joined.defaultText = first.defaultText ?? declaration.defaultText
    joined.example = first.example ?? declaration.example
    joined.summary = first.summary ?? declaration.summary
    joined.isSecret = first.isSecret || declaration.isSecret
    byName[declaration.name] = joined
  }
}
