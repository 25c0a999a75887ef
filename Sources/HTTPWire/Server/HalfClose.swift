/// Finds out whether a client that has ended its half of the connection still waits for its answer. One that waits and
/// one that went away look alike, until something is written to them: who went away answers it with a reset.
///
/// - While the answer is awaited, `100 Continue` is sent after a moment (RFC 9110, section 15.2: a client must expect
///   interim answers). A client that went away is then found out by its reset; one that is still there is counted as
///   present from then on, as long as writes succeed. For HTTP/1.0, which knows no interim answers, the writes of the
///   answer decide.
/// - When the answer has begun, the writes decide; in a moment without a write the client counts as gone.
struct HalfClose: Equatable {
  /// The time between two looks. Two of them and a round trip are less than a second.
  static let interval: Duration = .milliseconds(400)

  /// What is going on at the time of a look.
  enum Activity: Equatable {
    /// No request is served just now; if none follows, the connection is about to end.
    case between
    /// The connection is a WebSocket, which itself looks after its end.
    case upgraded
    /// The head of the answer is not written. Interim answers are possible, or not.
    case awaited(canProbe: Bool)
    /// The answer has begun; octets were written so far, and a write waits for the client or not.
    case answering(written: Int, isBlocked: Bool)
  }

  enum Action: Equatable {
    /// Look again after the interval.
    case lookAgain
    /// Send an interim answer; no more looks are needed.
    case probe
    /// The client is gone.
    case giveUp
    /// No more looks are needed.
    case stop
  }

  private var written: Int

  /// - Parameter written: how many octets were written when the client ended its half.
  init(written: Int) {
    self.written = written
  }

  mutating func look(_ activity: Activity) -> Action {
    switch activity {
    case .between: return .lookAgain
    case .upgraded: return .stop
    case .awaited(let canProbe): return canProbe ? .probe : .stop
    case .answering(let count, let isBlocked):
      defer { written = count }
      return isBlocked || count != written ? .lookAgain : .giveUp
    }
  }
}
