import NIOCore

extension Channel {
  /// Closes at once and lets the system send a reset, so that the peer cannot take the end for a plain one, and knows at
  /// once that nobody reads any more.
  func closeWithReset() {
    guard let options = self as? any SocketOptionProvider else { return close(promise: nil) }
    options.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger()).whenComplete { _ in
      self.close(promise: nil)
    }
  }
}

/// The system's `struct linger`: on, with no time.
private struct Linger: Sendable {
  var isOn: Int32 = 1
  var seconds: Int32 = 0
}
