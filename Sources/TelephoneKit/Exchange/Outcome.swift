/// How an exchange ended. There is exactly one for each, and `finally` stages are given it.
public struct Outcome: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// An answer of the backend, or of a stage that may answer, left whole.
    case delivered
    /// A stage refused the request, and the refusal left whole.
    case refused
    /// The client went away, or its line was lost.
    case abandoned
    /// Something broke: an error answer left, or the answer was cut off.
    case failed
  }

  public var kind: Kind
  /// The status that left, or would have left.
  public var status: Int?
  /// The code of the refusal or failure.
  public var code: String?
  /// The id of the step that decided the answer.
  public var decidedBy: String?

  public init(_ kind: Kind, status: Int? = nil, code: String? = nil, decidedBy: String? = nil) {
    self.kind = kind
    self.status = status
    self.code = code
    self.decidedBy = decidedBy
  }
}
