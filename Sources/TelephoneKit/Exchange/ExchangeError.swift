public import HTTPTypes

/// An error of one exchange that knows its own answer.
///
/// The two kinds are ``Refusal`` (a stage did not let the request go on) and ``Failure`` (something broke).
public protocol ExchangeError: Error, Sendable {
  /// The status of the answer.
  var status: HTTPResponse.Status { get }
  /// A name for programs, in lower case with dashes: `too-many-fields`. It is in the answer's body and in the trace.
  var code: String { get }
  /// A sentence for a person. It goes to the client: no secret, no token, nothing of the inside.
  var sentence: String { get }
  /// Fields that the answer carries beside its own, such as `Retry-After`.
  var fields: HTTPFields { get }
  /// The id of the step that decided. `nil`: the step in whose turn the error was thrown.
  var decidedBy: String? { get set }
  /// What lies beneath, for the log. It never goes to the client.
  var cause: (any Error)? { get }
}

/// The answer of a stage that does not let a request go on: 401, 413, 429 and so on.
///
/// ```swift
/// throw Refusal(status: .tooManyRequests, code: "rate-limited", "Try again in 2 seconds.")
/// ```
public struct Refusal: ExchangeError {
  public var status: HTTPResponse.Status
  public var code: String
  public var sentence: String
  public var fields: HTTPFields
  public var decidedBy: String?
  public var cause: (any Error)?

  public init(
    status: HTTPResponse.Status, code: String, _ sentence: String, fields: HTTPFields = [:],
    decidedBy: String? = nil, cause: (any Error)? = nil
  ) {
    self.status = status
    self.code = code
    self.sentence = sentence
    self.fields = fields
    self.decidedBy = decidedBy
    self.cause = cause
  }
}

/// Something broke on the way: the backend is gone (502), late (504), or a stage threw (500).
public struct Failure: ExchangeError {
  public var status: HTTPResponse.Status
  public var code: String
  public var sentence: String
  public var fields: HTTPFields
  public var decidedBy: String?
  public var cause: (any Error)?

  public init(
    status: HTTPResponse.Status, code: String, _ sentence: String, fields: HTTPFields = [:],
    decidedBy: String? = nil, cause: (any Error)? = nil
  ) {
    self.status = status
    self.code = code
    self.sentence = sentence
    self.fields = fields
    self.decidedBy = decidedBy
    self.cause = cause
  }

  /// What an error that knows no answer of its own becomes: a 500 that tells the client nothing of the inside.
  public static func unexpected(_ error: any Error) -> Failure {
    Failure(status: .internalServerError, code: "internal", "The request could not be served.", cause: error)
  }
}
