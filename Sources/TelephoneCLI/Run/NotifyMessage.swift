import TelephoneKit

/// A message to a service manager, as sd_notify(3) has it: assignments, one on each line.
struct NotifyMessage: Sendable, Equatable {
  /// The longest status, in octets.
  static let maxStatus = 512

  var text: String

  private init(_ assignments: String...) { text = assignments.joined(separator: "\n") }

  /// The agent is alive.
  static let watchdog = NotifyMessage("WATCHDOG=1")

  /// The start has succeeded.
  static func ready(status: String) -> NotifyMessage { NotifyMessage("READY=1", "STATUS=" + line(status)) }

  /// The pipeline is loaded again; ``ready(status:)`` follows when that has ended.
  /// - Parameter now: on the monotonic clock.
  static func reloading(at now: Duration) -> NotifyMessage {
    let (seconds, attoseconds) = now.components
    return NotifyMessage("RELOADING=1", "MONOTONIC_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
  }

  static func status(_ status: String) -> NotifyMessage { NotifyMessage("STATUS=" + line(status)) }

  /// - Parameter limit: by then the process has ended; a manager that would wait for less waits that long.
  static func stopping(status: String, within limit: Duration) -> NotifyMessage {
    NotifyMessage(
      "STOPPING=1", "STATUS=" + line(status), "EXTEND_TIMEOUT_USEC=\(limit.components.seconds * 1_000_000)")
  }

  /// One line of a bounded length: what a gateway said may be in it.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.isControl ? " " : $0 }))
      .cut(toOctets: maxStatus)
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool { [.control, .lineSeparator, .paragraphSeparator].contains(generalCategory) }
}
