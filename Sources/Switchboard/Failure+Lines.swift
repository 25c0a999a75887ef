import HTTPTypes
import TelephoneKit
import Tunnel

extension Failure {
  static var lineLost: Failure {
    Failure(status: .badGateway, code: "line-lost", "The line to the telephone was lost before its answer came.")
  }

  static func noAnswer(within limit: Duration) -> Failure {
    Failure(
      status: .gatewayTimeout, code: "telephone-timeout", "The telephone did not answer within \(limit.text).")
  }

  static var noTelephone: Failure {
    Failure(
      status: .serviceUnavailable, code: "no-telephone", "No telephone is connected for this path.",
      fields: [.retryAfter: "1"])
  }

  static var allLinesFull: Failure {
    Failure(
      status: .serviceUnavailable, code: "too-many-streams",
      "The telephone carries as many requests as it takes. Try again.", fields: [.retryAfter: "1"])
  }

  static var brokenAnswer: Failure {
    Failure(status: .badGateway, code: "broken-answer", "The telephone's answer could not be read.")
  }

  /// What a client is answered when its stream ended before a head came. The telephone's own words are for a log.
  init(_ fault: StreamFault) {
    switch (fault.origin, fault.code) {
    case (.line, _): self = .lineLost
    case (.peer, .refused):
      self.init(
        status: .serviceUnavailable, code: "refused", "The telephone takes no more requests now. Try again.",
        fields: [.retryAfter: "1"], cause: fault)
    case (.peer, .deadline):
      self.init(
        status: .gatewayTimeout, code: "telephone-timeout", "The telephone gave up waiting for an answer.", cause: fault
      )
    case (.peer, _):
      self.init(
        status: .badGateway, code: "telephone-reset", "The telephone ended the request before its answer.", cause: fault
      )
    default:
      self = .brokenAnswer
      cause = fault
    }
  }

  /// What a client is answered when no stream could be opened for its request.
  init(_ fault: OpenFault) {
    switch fault.kind {
    case .tooManyStreams: self = .allLinesFull
    case .draining, .idsUsedUp: self = .noTelephone
    case .lost: self = .lineLost
    case .headTooLarge:
      self.init(
        status: .requestHeaderFieldsTooLarge, code: "head-too-large", "The telephone takes no request head so large.")
    }
  }
}
