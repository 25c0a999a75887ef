@preconcurrency import Dispatch
import Foundation
import Logging
import Synchronization
import TelephoneKit

/// Writes each exchange into a file of its own, on a queue of its own: no exchange waits for a disk.
///
/// What is held in memory is bounded: 64 MiB of bodies, of exchanges that run and that wait to be written, and 256 exchanges
/// that wait. A body that finds no room is cut, an exchange that finds none is left out; both can be seen, in the file and
/// in the counts.
final class FileRecorder: ExchangeRecorder {
  static let memory = 64 << 20
  static let mostWaiting = 256

  private struct State {
    var counts = RecordingCounts()
    var waiting = 0
    /// Whether the last one could not be written.
    var isFailing = false
  }

  let bodyLimit: Int
  let budget = OctetBudget(FileRecorder.memory)
  private let logger: Logger
  private let queue: DispatchQueue
  private let folder: Mutex<RecordingFolder>
  private let state = Mutex(State())

  /// - Parameter queue: where files are written, one after the other.
  init(
    _ folder: RecordingFolder, bodyLimit: Int, logger: Logger,
    queue: DispatchQueue = DispatchQueue(label: "recordings", qos: .utility)
  ) {
    self.bodyLimit = bodyLimit
    self.logger = logger
    self.queue = queue
    self.folder = Mutex(folder)
  }

  var counts: RecordingCounts { state.withLock { $0.counts } }

  func now() -> Date { Date() }

  func take(_ recording: ExchangeRecording) {
    let isTaken = state.withLock { state in
      guard state.waiting < Self.mostWaiting else {
        state.counts.dropped += 1
        return false
      }
      state.waiting += 1
      return true
    }
    if isTaken { queue.async { self.write(recording) } }
  }

  /// Returns when all that was taken so far is written.
  func flush() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  private func write(_ recording: ExchangeRecording) {
    do {
      if let file = ExchangeFile(recording) {
        let octets = try file.octets()
        try folder.withLock { try $0.write(octets, began: recording.began) }
      }
      state.withLock { state in
        state.waiting -= 1
        state.counts.written += 1
        state.isFailing = false
      }
    } catch {
      let isFirst = state.withLock { state in
        state.waiting -= 1
        state.counts.failed += 1
        defer { state.isFailing = true }
        return !state.isFailing
      }
      guard isFirst else { return }
      let reason = (error as? RecordingFolder.Unusable)?.sentence ?? "\(error)"
      logger.warning("recordings cannot be written", metadata: ["reason": "\(reason)"])
    }
  }
}
