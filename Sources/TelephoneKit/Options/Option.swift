/// Declares one option of a stage, once: decoding, range checks, reference and schema come from here.
///
/// The name in YAML is the property's, in lower case with dashes (`maxCount` is `max-count`), unless `name` gives another.
///
/// ```swift
/// struct Options: StageOptions {
///   @Option(help: "The most fields.", range: 1...10_000) var maxCount = 100
///   @Option(help: "Where requests go.", required: "http://127.0.0.1:8080") var to: String
///   @Option(help: "The secret.", secret: true) var secret: String? = nil
/// }
/// ```
@propertyWrapper
public struct Option<Value: OptionValue>: Sendable, Decodable {
  public var wrappedValue: Value
  let declaration: Declaration

  struct Declaration: Sendable {
    var name: String?
    var help: String
    var range: OptionRange?
    var exampleText: String?
    var isRequired: Bool
    var isSecret: Bool
    var check: @Sendable (Value) -> String?
  }

  /// An option with a default.
  /// - Parameter example: a value for the reference, of use where the default says nothing; it is never used otherwise.
  public init(
    wrappedValue: Value, name: String? = nil, help: String, example: Value? = nil, secret: Bool = false
  ) {
    self.wrappedValue = wrappedValue
    self.declaration = Declaration(
      name: name, help: help, exampleText: example?.optionText, isRequired: false, isSecret: secret,
      check: { _ in nil })
  }

  /// An option with a default and a range.
  public init(wrappedValue: Value, name: String? = nil, help: String, range: ClosedRange<Value>)
  where Value: Comparable {
    self.wrappedValue = wrappedValue
    self.declaration = Declaration(
      name: name, help: help, range: OptionRange(range), isRequired: false, isSecret: false,
      check: { OptionRange.fault(of: $0, in: range) })
  }

  /// An option that may be nothing, with a range for when it is something.
  /// - Parameter example: a value for the reference; it is never used otherwise.
  public init<Wrapped: OptionValue & Comparable>(
    wrappedValue: Value, name: String? = nil, help: String, range: ClosedRange<Wrapped>, example: Wrapped? = nil
  ) where Value == Wrapped? {
    self.wrappedValue = wrappedValue
    self.declaration = Declaration(
      name: name, help: help, range: OptionRange(range), exampleText: example?.optionText, isRequired: false,
      isSecret: false, check: { $0.flatMap { OptionRange.fault(of: $0, in: range) } })
  }

  /// An option that must be given.
  /// - Parameter example: a value for the reference; it is never used otherwise.
  public init(name: String? = nil, help: String, required example: Value, secret: Bool = false) {
    self.wrappedValue = example
    self.declaration = Declaration(
      name: name, help: help, exampleText: example.optionText, isRequired: true, isSecret: secret,
      check: { _ in nil })
  }

  /// Options are read by ``StageOptions/init(reading:)``, which knows their declarations; nothing else can.
  public init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: "Stage options are read with init(reading:)."))
  }
}
