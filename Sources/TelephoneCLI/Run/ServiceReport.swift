/// What a service manager was told, and what it is to be told next.
struct ServiceReport: Sendable {
  private var isReady = false
  private var status: String?
  /// The end has begun, and may take that long.
  private var end: Duration?
  private var endIsTold = false

  /// The end has begun.
  mutating func stop(within limit: Duration) { end = end ?? limit }

  /// Whether a reload may be told of: neither the start nor the end is under way.
  var mayReload: Bool { isReady && end == nil }

  /// A reload has ended that was told of.
  mutating func reloaded() { isReady = false }

  /// What is to be told now; `nil`: nothing new.
  func due(_ status: String) -> NotifyMessage? {
    if let end, !endIsTold { return .stopping(status: status, within: end) }
    // Who stops already does not become ready.
    if !isReady, end == nil { return .ready(status: status) }
    return status == self.status ? nil : .status(status)
  }

  /// What was due was told.
  mutating func told(_ status: String) {
    isReady = true
    endIsTold = end != nil
    self.status = status
  }
}
