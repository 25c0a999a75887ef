package import HTTPTypes
package import TelephoneKit

/// What can go wrong between here and a backend. No part of a message is in it.
package struct BackendFault: Error, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case refused
    case unreachable
    case nameNotResolved = "name-not-resolved"
    /// The certificate is not one that is trusted, or is for another name.
    case notTrusted = "not-trusted"
    case tlsFailed = "tls-failed"
    /// The connection ended before the answer's head.
    case closed
    /// What came is not an HTTP answer.
    case malformed
    /// The connection ended inside the answer's body.
    case cutOff = "cut-off"
    /// The request could not be sent as it is.
    case unsendable
    /// All connections are in use, and as many requests as may wait for one.
    case tooManyWaiting = "too-many-waiting"
    case connectTimeout = "connect-timeout"
    case firstByteTimeout = "first-byte-timeout"
    case idleTimeout = "idle-timeout"
    case totalTimeout = "total-timeout"
  }

  package var kind: Kind
  package var cause: (any Error)?

  package init(_ kind: Kind, cause: (any Error)? = nil) {
    self.kind = kind
    self.cause = cause
  }

  package var description: String { kind.sentence }

  /// The fault as what the client is answered, with the code `backend-` and the kind.
  package var failure: Failure { Failure(status: kind.status, code: kind.code, kind.sentence, cause: cause) }
}

extension BackendFault.Kind {
  package var isLate: Bool {
    switch self {
    case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: true
    default: false
    }
  }

  /// 504 for what is late, 503 where nothing was sent for want of a connection, 502 for the rest.
  package var status: HTTPResponse.Status {
    if self == .tooManyWaiting { return .serviceUnavailable }
    return isLate ? .gatewayTimeout : .badGateway
  }

  package var code: String { "backend-\(rawValue)" }

  package var sentence: String {
    switch self {
    case .refused: "The backend refused the connection."
    case .unreachable: "The backend cannot be reached."
    case .nameNotResolved: "The backend's name could not be resolved."
    case .notTrusted: "The backend's certificate is not trusted."
    case .tlsFailed: "TLS with the backend failed."
    case .closed: "The backend closed the connection before it answered."
    case .malformed: "The backend's answer is not HTTP."
    case .cutOff: "The backend broke off inside its answer."
    case .unsendable: "The request cannot be sent to the backend as it is."
    case .tooManyWaiting: "Too many requests wait for the backend."
    case .connectTimeout: "The backend did not accept the connection in time."
    case .firstByteTimeout: "The backend did not begin its answer in time."
    case .idleTimeout: "Nothing moved between here and the backend for too long."
    case .totalTimeout: "The backend took too long to answer."
    }
  }

  /// When it happens, as half a sentence for the reference.
  package var reason: String {
    switch self {
    case .refused: "nobody listens on the backend's port"
    case .unreachable: "there is no way to the backend"
    case .nameNotResolved: "the backend's name could not be resolved"
    case .notTrusted: "the backend's certificate is not trusted, or is for another name"
    case .tlsFailed: "TLS with the backend failed"
    case .closed: "the backend closed the connection before it answered"
    case .malformed: "what the backend sent is not HTTP/1.1"
    case .cutOff: "the backend died inside its answer; the exchange ends as failed"
    case .unsendable: "the request cannot be sent as it is"
    case .tooManyWaiting: "max-connections are in use, and max-waiting requests wait for one"
    case .connectTimeout: "no connection within connect-timeout"
    case .firstByteTimeout: "no answer within first-byte-timeout of the request's end"
    case .idleTimeout: "nothing moved for idle-timeout"
    case .totalTimeout: "the answer was not whole within total-timeout"
    }
  }
}
