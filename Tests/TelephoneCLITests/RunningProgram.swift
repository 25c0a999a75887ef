import Subprocess
import Synchronization

/// A program that runs, and what it printed so far.
final class RunningProgram: Sendable {
  struct NotPrinted: Error, CustomStringConvertible {
    var mark: String
    var printed: String
    var description: String { "'\(mark)' was not printed, but:\n\(printed)" }
  }

  private struct State {
    var lines: [String] = []
    var isOver = false
    var waiting: [(mark: String, from: Int, continuation: CheckedContinuation<String?, Never>)] = []
  }

  private let state = Mutex(State())
  private let signal: @Sendable (Signal) throws -> Void

  init(signal: @escaping @Sendable (Signal) throws -> Void) { self.signal = signal }

  func send(_ signal: Signal) throws { try self.signal(signal) }

  /// How many lines were printed; a place to wait from.
  var count: Int { state.withLock { $0.lines.count } }

  /// Waits for a line that holds a text.
  /// - Parameter from: the first line that counts.
  @discardableResult
  func line(with mark: String, from: Int = 0) async throws -> String {
    let found = await withCheckedContinuation { continuation in
      let answer = state.withLock { state -> String?? in
        if let line = state.lines.dropFirst(from).first(where: { $0.contains(mark) }) { return .some(line) }
        if state.isOver { return .some(nil) }
        state.waiting.append((mark, from, continuation))
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
    guard let found else {
      throw NotPrinted(mark: mark, printed: state.withLock { $0.lines.joined(separator: "\n") })
    }
    return found
  }

  /// All that it printed, when it has ended.
  var all: [String] {
    get async {
      _ = try? await line(with: "\u{0}")
      return state.withLock { $0.lines }
    }
  }

  func note(_ line: String) {
    let due = state.withLock { state in
      state.lines.append(line)
      let due = state.waiting.filter { state.lines.count > $0.from && line.contains($0.mark) }
      state.waiting.removeAll { state.lines.count > $0.from && line.contains($0.mark) }
      return due
    }
    for waiter in due { waiter.continuation.resume(returning: line) }
  }

  func end() {
    let waiting = state.withLock { state in
      state.isOver = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.continuation.resume(returning: nil) }
  }
}
