/// Whether a step takes part in an exchange: the `when` of a pipeline file.
public protocol Condition: Sendable {
  /// - Returns: whether the exchange, as it is at this moment, is one for the step.
  func matches(_ exchange: Exchange) -> Bool
  /// The condition in one line, for traces: `path /api/** and method GET`.
  var description: String { get }
}
