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
    var rangeText: String?
    var isRequired: Bool
    var isSecret: Bool
    var check: @Sendable (Value) -> String?
  }

  /// An option with a default.
  public init(wrappedValue: Value, name: String? = nil, help: String, secret: Bool = false) {
    self.wrappedValue = wrappedValue
    self.declaration = Declaration(
      name: name, help: help, rangeText: nil, isRequired: false, isSecret: secret, check: { _ in nil })
  }

  /// An option with a default and a range.
  public init(wrappedValue: Value, name: String? = nil, help: String, range: ClosedRange<Value>)
  where Value: Comparable {
    self.wrappedValue = wrappedValue
    self.declaration = Declaration(
      name: name, help: help, rangeText: "\(range.lowerBound.optionText) to \(range.upperBound.optionText)",
      isRequired: false, isSecret: false,
      check: { value in
        range.contains(value)
          ? nil
          : "must be from \(range.lowerBound.optionText) to \(range.upperBound.optionText), not \(value.optionText)"
      })
  }

  /// An option that must be given.
  /// - Parameter example: a value for the reference; it is never used otherwise.
  public init(name: String? = nil, help: String, required example: Value, secret: Bool = false) {
    self.wrappedValue = example
    self.declaration = Declaration(
      name: name, help: help, rangeText: nil, isRequired: true, isSecret: secret, check: { _ in nil })
  }

  /// Options are read by ``StageOptions/init(reading:)``, which knows their declarations; nothing else can.
  public init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: "Stage options are read with init(reading:)."))
  }
}
