import HTTPTypes

/// When a request may be sent a second time. Pure.
///
/// A backend may close a kept connection at the very moment in which a request is sent on it (RFC 9112, 9.3.1). Such a
/// request goes once more, on a fresh connection: if not one octet of it was sent, or if it may be sent twice without
/// harm (RFC 9110, 9.2.2) and has no body, and no octet of an answer came. Nothing else is ever sent again.
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
    return !failed.sentOctets || (isIdempotent(method) && !hasBody)
  }

  /// The methods of RFC 9110, 9.2.2. A method that is not known is not.
  static func isIdempotent(_ method: HTTPRequest.Method) -> Bool {
    switch method {
    case .get, .head, .options, .trace, .put, .delete: true
    default: false
    }
  }
}
