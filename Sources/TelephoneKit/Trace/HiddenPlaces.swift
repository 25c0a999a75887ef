import Synchronization

/// What one stage wants hidden, gathered while it is built.
final class HiddenPlaces: Sendable {
  private let state = Mutex(Redaction())

  var redaction: Redaction { state.withLock { $0 } }

  func hide(_ change: (inout Redaction) -> Void) { state.withLock { change(&$0) } }
}
