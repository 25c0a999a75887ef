import BenchKit
import Foundation

/// The lines that a child writes, read on a thread of its own, so that no pipe ever fills up. The last 1,000 are kept.
// All state is behind the condition's lock.
final class Lines: @unchecked Sendable {
  struct Line {
    let text: String
    /// When it came, in nanoseconds of the monotonic clock.
    let time: UInt64
  }

  private let condition = NSCondition()
  private var lines: [Line] = []
  private var hasEnded = false

  init(reading descriptor: Int32) {
    Thread.detachNewThread { [self] in
      var rest: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 16384)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        let time = Nanoseconds.now()
        rest += chunk[..<count]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          append(Line(text: String(decoding: rest[..<end], as: UTF8.self), time: time))
          rest.removeSubrange(...end)
        }
        if rest.count > 1 << 20 { rest.removeAll() }
      }
      close(descriptor)
      condition.withLock {
        hasEnded = true
        condition.broadcast()
      }
    }
  }

  /// The next line that holds a text; lines before it are dropped. `nil`: the child ended, or the time is over.
  func next(containing text: String = "", within seconds: Double) -> Line? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return condition.withLock {
      while true {
        while !lines.isEmpty {
          let line = lines.removeFirst()
          if text.isEmpty || line.text.contains(text) { return line }
        }
        guard !hasEnded, condition.wait(until: deadline) else { return nil }
      }
    }
  }

  /// What came last, for a message about a child that failed.
  var last: String { condition.withLock { lines.suffix(3).map(\.text).joined(separator: " / ") } }

  private func append(_ line: Line) {
    condition.withLock {
      lines.append(line)
      if lines.count > 1000 { lines.removeFirst(500) }
      condition.broadcast()
    }
  }
}
