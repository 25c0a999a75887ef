package import Foundation

/// Is given whole exchanges: each request as it came in, and its answer as it left.
package protocol ExchangeRecorder: Sendable {
  /// The most octets that are kept of each body.
  var bodyLimit: Int { get }
  /// What the bodies of all recordings may take of memory, from the first octet until the recording is let go of.
  var budget: OctetBudget { get }
  var counts: RecordingCounts { get }

  /// The time of day.
  func now() -> Date

  /// Takes an exchange that has ended. It is called in the exchange's task, and must not wait.
  func take(_ recording: ExchangeRecording)
}

/// What became of recordings since the start.
package struct RecordingCounts: Sendable, Equatable {
  package var written = 0
  /// Too many waited to be written.
  package var dropped = 0
  /// They could not be written.
  package var failed = 0

  package init() {}
}
