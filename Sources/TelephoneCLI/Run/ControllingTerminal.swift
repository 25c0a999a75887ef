import Foundation

/// The terminal that a process was started in, if it was.
struct ControllingTerminal: Sendable {
  private let descriptor: Int32?

  /// - Parameter descriptors: where the terminal may be. Default: standard input, output and error.
  init(_ descriptors: [Int32] = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]) {
    descriptor = descriptors.first { isatty($0) == 1 }
  }

  /// Whether there was one, and it was closed.
  var isGone: Bool {
    guard let descriptor else { return false }
    var state = pollfd(fd: descriptor, events: 0, revents: 0)
    return poll(&state, 1, 0) > 0 && state.revents & Int16(POLLHUP) != 0
  }
}
