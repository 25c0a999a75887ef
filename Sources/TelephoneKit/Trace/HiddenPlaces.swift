import Synchronization

/// What the stages of one pipeline want hidden, gathered while they are built.
package final class HiddenPlaces: Sendable {
  private let state: Mutex<Redaction>

  /// - Parameter redaction: what is hidden from the start.
  package init(_ redaction: Redaction = Redaction()) { state = Mutex(redaction) }

  package var redaction: Redaction { state.withLock { $0 } }

  func hide(_ change: (inout Redaction) -> Void) { state.withLock { change(&$0) } }
}
