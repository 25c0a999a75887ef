import Synchronization

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
  }

  private let state = Mutex(Values())

  package init() {}

  package var values: Values { state.withLock { $0 } }

  func count(_ key: WritableKeyPath<Values, Int>, by amount: Int = 1) {
    state.withLock { $0[keyPath: key] += amount }
  }
}
