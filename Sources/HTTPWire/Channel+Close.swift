import NIOCore
import NIOSSL

extension Channel {
  /// Closes at once, without a farewell of TLS: a peer that does not answer one would keep the connection open, and what
  /// it sends would be read. Call it on the event loop.
  func closeNow() {
    guard let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self) else {
      return close(promise: nil)
    }
    tls.close(promise: nil)
  }

  /// Closes at once and lets the system send a reset, so that the peer cannot take the end for a plain one, and knows at
  /// once that nobody reads any more. Call it on the event loop.
  func closeWithReset() {
    guard let options = self as? any SocketOptionProvider else { return closeNow() }
    options.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger()).whenComplete { _ in
      self.closeNow()
    }
  }
}

/// The system's `struct linger`: on, with no time.
private struct Linger: Sendable {
  var isOn: Int32 = 1
  var seconds: Int32 = 0
}
