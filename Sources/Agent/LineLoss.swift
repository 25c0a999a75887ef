package import PhoenixChannels

/// Why a line was lost, or an attempt to get one failed: a cause that says how it is treated, and a sentence that a log and
/// the health page show.
package struct LineLoss: Sendable, Hashable {
  package enum Cause: Sendable, Hashable {
    /// The socket could not be opened.
    case dial(DialFailure.Kind)
    /// The gateway answered the join with an error.
    case joinRefused
    /// The gateway did not answer the join in time.
    case joinTimedOut
    /// The gateway granted what was not offered.
    case grantNotAccepted
    /// `phx_error`: the socket stays, and is joined again.
    case channelCrashed
    /// `phx_close`.
    case channelClosed
    /// The gateway broke the framing of protocol 2.
    case framingBroken
    /// A heartbeat was not answered in time.
    case heartbeatLate
    /// A heartbeat was answered with an error, or could not be sent.
    case heartbeatFailed
    /// The socket ended: with the code of the gateway's close frame, or 1006 where there was none.
    case socketLost(code: UInt16)
    /// The gateway is about to go (DRAIN).
    case drained

    /// Whether the gateway went in order and is to be back soon: DRAIN, 1001 (going away) and 1012 (service restart), RFC 6455,
    /// section 7.4.1, and IANA's registry of close codes.
    package var isRestart: Bool {
      self == .drained || self == .socketLost(code: 1001) || self == .socketLost(code: 1012)
    }

    /// Whether the gateway did not take the token.
    package var isTokenRefused: Bool { self == .dial(.tokenRefused) }
  }

  package var cause: Cause
  package var sentence: String

  package init(_ cause: Cause, _ sentence: String) {
    self.cause = cause
    self.sentence = sentence
  }
}

extension LineLoss {
  /// An attempt to dial failed.
  package init(_ failure: DialFailure) {
    self.init(.dial(failure.kind), failure.sentence)
  }

  /// The socket ended.
  /// - Parameter reason: of the close frame; may be empty.
  package static func socketLost(code: UInt16, reason: String) -> LineLoss {
    let text = reason.isEmpty ? "" : ", \(reason)"
    return LineLoss(.socketLost(code: code), "The socket ended (code \(code)\(text)).")
  }

  /// A join was not granted.
  init(joining error: ChannelError, code: UInt16?) {
    let cause: Cause =
      switch error.kind {
      case .timedOut, .writeTimedOut: .joinTimedOut
      case .socketClosed: .socketLost(code: code ?? 1006)
      case .crashed: .channelCrashed
      default: .joinRefused
      }
    self.init(cause, "The join was not granted: \(error.sentence)")
  }
}
