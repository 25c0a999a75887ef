/// How long a backend may take.
package struct BackendLimits: Sendable, Hashable {
  /// Until a connection is there, TLS included.
  package var connect: Duration?
  /// From the end of the request to the head of the answer.
  package var firstByte: Duration?
  /// Without an octet while the request is sent, or while the answer's body is waited for.
  package var idle: Duration?
  /// From the beginning to the last octet of the answer.
  package var total: Duration?

  /// - Parameters: `nil` for none.
  package init(
    connect: Duration? = nil, firstByte: Duration? = nil, idle: Duration? = nil, total: Duration? = nil
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.idle = idle
    self.total = total
  }
}

/// What happens in a call, as far as its time limits care.
enum CallEvent: Sendable {
  case request(BackendEvent)
  /// The answer's head came.
  case head
  /// Somebody waits for octets of the answer.
  case pull
  /// They came.
  case pulled
}

/// Which time limit is next, and which has passed. Pure: time comes in with each event, as the time
/// since some beginning.
struct CallDeadlines: Sendable {
  enum Phase {
    case connecting
    case sending
    case awaitingHead
    /// The head is here, and nobody asks for more: the client is slow, not the backend.
    case paused
    case reading
  }

  let limits: BackendLimits
  private let start: Duration
  private(set) var phase = Phase.connecting
  private var since: Duration

  init(limits: BackendLimits, start: Duration) {
    self.limits = limits
    self.start = start
    self.since = start
  }

  mutating func note(_ event: CallEvent, at now: Duration) {
    switch (event, phase) {
    case (.request(.connected), .connecting): enter(.sending, now)
    case (.request(.moved), .sending), (.request(.moved), .reading): since = now
    case (.request(.sent), .connecting), (.request(.sent), .sending): enter(.awaitingHead, now)
    case (.head, .connecting), (.head, .sending), (.head, .awaitingHead): enter(.paused, now)
    case (.pull, .paused): enter(.reading, now)
    case (.pulled, .reading): enter(.paused, now)
    default: break
    }
  }

  private mutating func enter(_ next: Phase, _ now: Duration) {
    phase = next
    since = now
  }

  /// The limit that comes first, if there is any.
  var next: (deadline: Duration, kind: BackendFault.Kind)? {
    let total = limits.total.map { (start + $0, BackendFault.Kind.totalTimeout) }
    let own: (Duration, BackendFault.Kind)? =
      switch phase {
      case .connecting: limits.connect.map { (since + $0, .connectTimeout) }
      case .sending, .reading: limits.idle.map { (since + $0, .idleTimeout) }
      case .awaitingHead: limits.firstByte.map { (since + $0, .firstByteTimeout) }
      case .paused: nil
      }
    guard let total else { return own }
    guard let own, own.0 <= total.0 else { return total }
    return own
  }

  /// The limit that has passed.
  func expired(at now: Duration) -> BackendFault.Kind? {
    guard let next, next.deadline <= now else { return nil }
    return next.kind
  }
}
