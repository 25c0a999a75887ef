/// What an open WebSocket is bounded by.
package struct WebSocketSettings: Sendable {
  package var isServer: Bool
  /// The largest message in octets that is received. A ``FrameSocket`` does not look at it. Default 64 MiB.
  package var maxMessage: Int
  /// How long the peer may take nothing of what is written. Default 30 s.
  package var writeTimeout: Duration
  /// How long the peer may take to answer our close frame, or to end the connection after both. Default 5 s.
  package var closeTimeout: Duration
  /// How many received octets wait for a slow consumer before the socket is no longer read, about. Default 256 KiB.
  package var window: Int

  package init(
    isServer: Bool, maxMessage: Int = 64 << 20, writeTimeout: Duration = .seconds(30),
    closeTimeout: Duration = .seconds(5), window: Int = 256 << 10
  ) {
    self.isServer = isServer
    self.maxMessage = maxMessage
    self.writeTimeout = writeTimeout
    self.closeTimeout = closeTimeout
    self.window = window
  }
}
