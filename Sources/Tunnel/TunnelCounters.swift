import Synchronization
import TelephoneKit

/// What happened on a tunnel, in numbers that only grow.
package final class TunnelCounters: Sendable {
  package struct Values: Sendable, Equatable {
    package var exchanges = 0
    package var delivered = 0
    package var refused = 0
    package var abandoned = 0
    package var failed = 0
    /// Requests answered 503 because too many ran.
    package var turnedAway = 0
    /// Messages that could not be read and had no request id to answer to.
    package var malformed = 0
    /// Messages whose event is not known here.
    package var unknownEvents = 0
    package var cookiesLeftOut = 0
    package var fieldsLeftOut = 0
    /// Streams that the gateway opened, on lines of protocol 2.
    package var streams = 0
    /// The times that the sender of an answer waited because the gateway's credit did not cover what it gave.
    package var creditWaits = 0
    /// How long these waits were, together.
    package var creditWait = Duration.zero
    /// WebSockets that were opened.
    package var webSockets = 0
    /// WebSockets that were closed because their receiver was too slow, or a message too large.
    package var overruns = 0
  }

  private let state = Mutex(Values())

  package init() {}

  package var values: Values { state.withLock { $0 } }

  func count(_ change: (inout Values) -> Void) {
    state.withLock { change(&$0) }
  }

  func count(_ outcome: Outcome.Kind) {
    count {
      switch outcome {
      case .delivered: $0.delivered += 1
      case .refused: $0.refused += 1
      case .abandoned: $0.abandoned += 1
      case .failed: $0.failed += 1
      }
    }
  }
}
