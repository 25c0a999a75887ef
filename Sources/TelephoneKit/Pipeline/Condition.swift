/// Whether a step takes part in an exchange: the `when` of a pipeline file.
public protocol Condition: Sendable {
  /// - Returns: whether the exchange, as it is at this moment, is one for the step.
  func matches(_ exchange: Exchange) -> Bool
  /// The condition in one line, for traces: `path /api/** and method GET`.
  var description: String { get }
  /// Why it matches the exchange or not, with secrets hidden. Only called for a trace. Default: no parts, and nothing seen.
  func explanation(_ exchange: Exchange) -> ConditionExplanation
}

extension Condition {
  public func explanation(_ exchange: Exchange) -> ConditionExplanation {
    ConditionExplanation(exchange.redaction.shown(description), isMet: matches(exchange))
  }
}

/// Why a condition matched an exchange or not, part by part.
public struct ConditionExplanation: Sendable, Hashable {
  /// The condition in one line.
  public var condition: String
  public var isMet: Bool
  /// What it was compared with: `the path is /api/users`. `nil` where ``parts`` say it.
  public var seen: String?
  /// The conditions that it is made of.
  public var parts: [ConditionExplanation]

  public init(_ condition: String, isMet: Bool, seen: String? = nil, parts: [ConditionExplanation] = []) {
    self.condition = condition
    self.isMet = isMet
    self.seen = seen
    self.parts = parts
  }
}
