import Dispatch
import Foundation
import Logging
import Synchronization

/// Writes log lines from a thread of its own, so that nobody who logs waits for a slow pipe.
///
/// What waits to be written is bounded. What does not fit is left out and counted; a line says so as soon as there is room.
/// Access lines leave a quarter of the room to all others. After a line it waits a little for more, so that many lines are
/// written at once and the thread is seldom woken.
package final class LogWriter: Sendable {
  package enum Importance: Sendable {
    /// One of many: access lines.
    case routine
    case usual
  }

  /// Appends a line, with its line feed, on the writer's thread.
  package typealias Line = @Sendable (_ text: inout LogText) -> Void

  private struct State {
    var waiting: [Line] = []
    /// Of what waits, about, in octets.
    var size = 0
    var isAwake = false
    var isWriting = false
    /// Those that no line has told of yet.
    var untold = 0
    var dropped = 0
    var format: LogFormat
  }

  /// The most that waits, in octets and in lines.
  package static let limit = 4 << 20
  package static let mostLines = 16384
  /// How long it waits for more.
  private static let pause: UInt32 = 10_000
  private static let batch = 64 * 1024

  /// To standard error. What still waits when the process ends is given a second.
  static let standardError: LogWriter = {
    let writer = LogWriter { FileOutput(descriptor: STDERR_FILENO).write($0) }
    atexit { LogWriter.standardError.flush(within: 1) }
    return writer
  }()

  private let state: Mutex<State>
  private let alarm = DispatchSemaphore(value: 0)
  private let output: @Sendable (LogText) -> Void

  /// - Parameters:
  ///   - format: of the line that tells how many were left out.
  ///   - output: takes lines; it may wait. It is called by one thread.
  package init(format: LogFormat = .text, output: @escaping @Sendable (LogText) -> Void) {
    state = Mutex(State(format: format))
    self.output = output
    let thread = Thread { [self] in run() }
    thread.name = "log"
    thread.start()
  }

  /// How many lines were left out since the start.
  package var dropped: Int { state.withLock { $0.dropped } }

  /// The format of the line that tells how many were left out: that of all others.
  package var format: LogFormat {
    get { state.withLock { $0.format } }
    set { state.withLock { $0.format = newValue } }
  }

  /// Takes a line over. It never waits for the output.
  /// - Parameter size: about what it holds of memory until it is written, in octets.
  package func write(size: Int, _ importance: Importance = .usual, _ line: @escaping Line) {
    let wakes = state.withLock { state in
      let share = importance == .routine ? 4 : 3
      let isFull =
        (state.size + size) * share > Self.limit * 3 || state.waiting.count * share >= Self.mostLines * 3
      guard !isFull else {
        state.untold += 1
        state.dropped += 1
        return false
      }
      state.waiting.append(line)
      state.size += size
      defer { state.isAwake = true }
      return !state.isAwake
    }
    if wakes { alarm.signal() }
  }

  /// Returns when all that was taken over is written, and told how much was not, or the time has passed.
  /// - Parameter seconds: at most so long.
  package func flush(within seconds: Double) {
    let end = DispatchTime.now() + seconds
    while state.withLock({ !$0.waiting.isEmpty || $0.untold > 0 || $0.isWriting }), DispatchTime.now() < end {
      usleep(1000)
    }
  }

  private func run() {
    var text = LogText()
    while true {
      alarm.wait()
      while let (lines, untold) = take() {
        if untold > 0 { output(notice(of: untold)) }
        for line in lines {
          line(&text)
          guard text.count >= Self.batch else { continue }
          output(text)
          text.empty()
        }
        if !text.isEmpty { output(text) }
        text.empty()
        state.withLock { $0.isWriting = false }
        usleep(Self.pause)
      }
    }
  }

  private func notice(of count: Int) -> LogText {
    var text = LogText()
    format.append(
      LogEntry(
        date: Date(), level: .warning, label: "log", message: "lines were left out, the reader of the log is too slow",
        fields: [.init("lines", .integer(count))]), to: &text)
    return text
  }

  /// - Returns: what waits; `nil` if that is nothing, and the thread sleeps until the next line.
  private func take() -> (lines: [Line], untold: Int)? {
    state.withLock { state in
      guard !state.waiting.isEmpty || state.untold > 0 else {
        state.isAwake = false
        return nil
      }
      defer {
        state.waiting = []
        state.size = 0
        state.untold = 0
        state.isWriting = true
      }
      return (state.waiting, state.untold)
    }
  }
}

/// A file descriptor that is written to until all has left or nobody reads any more.
struct FileOutput {
  let descriptor: Int32

  func write(_ text: LogText) {
    text.withUnsafeBytes { _ = write($0) }
  }

  /// - Returns: whether all has left; if not, `errno` says why.
  func write(_ octets: UnsafeRawBufferPointer) -> Bool {
    var rest = octets
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if count < 0, errno == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, 1000)
      } else if count == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}
