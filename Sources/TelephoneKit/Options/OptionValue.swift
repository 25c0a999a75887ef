/// A type that an option can have: how it is read from a file, and how it is shown.
///
/// It should be `Equatable`: a stage with an option of a type that is not loses its state whenever the pipeline of a running
/// agent is loaded again, as nobody can tell whether its options are the same.
public protocol OptionValue: Sendable {
  /// What it is, for messages, the reference and the schema.
  static var kind: OptionKind { get }
  /// - Throws: an ``OptionProblem`` that says what is meant and what was found.
  init(_ input: OptionInput) throws(OptionProblem)
  /// The value as it would be written in a file.
  var optionText: String { get }
}

/// The kinds of option values.
public indirect enum OptionKind: Sendable, Hashable {
  case integer
  case boolean
  case text
  case duration
  case byteSize
  case rate
  case choice([String])
  case list(OptionKind)
  case map(OptionKind)
  /// Text of a certain form: its name, such as `URL`, and, for editors, a regular expression (ECMA-262) that all such
  /// texts match and few others.
  case form(String, pattern: String? = nil)
  /// Nothing, or a value of that kind.
  case optional(OptionKind)

  /// The kind in words: `a duration`.
  public var words: String {
    switch self {
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .text: "text"
    case .duration: "a duration such as 250ms, 2s or 1m30s"
    case .byteSize: "a size such as 512B, 64KiB or 1MB"
    case .rate: "a rate such as 100/s or 5/min"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .list(let element): "a list, each \(element.words)"
    case .map(let element): "a map of names, each to \(element.words)"
    case .form(let name, _): name
    case .optional(let kind): kind.words
    }
  }
}
