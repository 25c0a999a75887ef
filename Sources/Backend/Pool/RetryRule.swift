import HTTPTypes

/// When a request may be sent a second time. Pure.
///
/// A backend may close a kept connection at the very moment in which a request is sent on it (RFC 9112, 9.3.1). Such a
/// request goes once more, on a fresh connection: if not one octet of it was sent, or if its method is safe (RFC 9110,
/// 9.2.1) and it has no body, and no octet of an answer came. Nothing else is ever sent again. An idempotent method that
/// is not safe may be repeated too (9.2.2), but not unseen: a client would be told 404 for a DELETE that it made itself.
enum RetryRule {
  /// What is known about a try that failed.
  struct Try: Sendable, Hashable {
    /// Whether the connection had carried another request before.
    var onKeptConnection: Bool
    /// Whether an octet of the request was handed to the socket.
    var sentOctets: Bool
    /// Whether an octet of an answer came.
    var gotOctets: Bool
    /// Whether the body was not pulled, or can be sent again from the beginning.
    var bodyIsWhole: Bool
  }

  /// - Parameter tries: how often the request was tried, the failed try included.
  static func mayRetry(_ method: HTTPRequest.Method, hasBody: Bool, after failed: Try, tries: Int) -> Bool {
    guard tries == 1, failed.onKeptConnection, !failed.gotOctets, failed.bodyIsWhole else { return false }
    return !failed.sentOctets || (isSafe(method) && !hasBody)
  }

  /// The methods of RFC 9110, 9.2.1. A method that is not known is not.
  static func isSafe(_ method: HTTPRequest.Method) -> Bool {
    switch method {
    case .get, .head, .options, .trace: true
    default: false
    }
  }
}
