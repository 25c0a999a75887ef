/// The claims of a verified token (RFC 7519, 4), left in the exchange by the stage that verified it.
///
/// `exchange.values[Claims.self]` is `nil` where no token was verified.
public struct Claims: Sendable, Hashable, ExchangeKey {
  public typealias Value = Claims

  /// A claim's value, as JSON has it. A number that neither `Int64` nor `Double` holds exactly is a text: its spelling.
  public indirect enum Claim: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([Claim])
    case object([String: Claim])
  }

  public var all: [String: Claim]

  public init(_ all: [String: Claim]) { self.all = all }

  public subscript(name: String) -> Claim? { all[name] }

  /// A claim as one line of text: a text as it is, numbers and booleans as JSON writes them, a list of such joined with
  /// commas. `nil` for null, objects, and what is not there.
  public func text(of name: String) -> String? { all[name]?.text }

  /// The `sub` claim.
  public var subject: String? { text(of: "sub") }
}

extension Claims.Claim {
  public var text: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .boolean(let flag): flag ? "true" : "false"
    case .list(let list):
      list.allSatisfy { $0.text != nil } ? list.compactMap(\.text).joined(separator: ",") : nil
    case .null, .object: nil
    }
  }
}

extension Claims.Claim: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .boolean(flag)
    } else if let number = try? container.decode(Int64.self) {
      self = .integer(number)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([Claims.Claim].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: Claims.Claim].self))
    }
  }
}
