/// A variable that a text holds the value of.
package struct VariableUse: Sendable, Hashable {
  /// Where the value came from.
  package enum Source: Sendable, Hashable {
    /// It is set outside of the file.
    case environment
    /// The default of the reference, `${NAME:-default}`.
    case reference
    /// The default of its declaration.
    case declaredDefault
    /// The example of its declaration.
    case example
  }

  package var name: String
  package var source: Source

  package init(name: String, source: Source) {
    self.name = name
    self.source = source
  }

  /// For people: `example of JWT_SECRET`.
  package var words: String {
    switch source {
    case .environment: "variable \(name)"
    case .reference: "default in ${\(name):-…}"
    case .declaredDefault: "default of \(name)"
    case .example: "example of \(name)"
    }
  }
}
