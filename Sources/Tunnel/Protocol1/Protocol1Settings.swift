/// The bounds of protocol 1 on the telephone's side.
package struct Protocol1Settings: Sendable {
  /// Exchanges at once, WebSockets among them; the next is answered 503. Default 256.
  package var maxConcurrent: Int
  /// The largest answer, in octets, that is held to be sent whole. Default 100 MiB.
  package var maxResponseSize: Int
  /// How bodies travel, as the gateway granted it.
  package var bodyEncoding: BodyEncoding
  /// What a WebSocket may hold.
  package var webSockets: WebSocketBounds

  package init(
    maxConcurrent: Int = 256, maxResponseSize: Int = 100 * 1024 * 1024, bodyEncoding: BodyEncoding = .utf8,
    webSockets: WebSocketBounds = WebSocketBounds()
  ) {
    self.maxConcurrent = maxConcurrent
    self.maxResponseSize = maxResponseSize
    self.bodyEncoding = bodyEncoding
    self.webSockets = webSockets
  }
}

/// What one WebSocket of protocol 1 may hold in memory: the protocol has no credit, and no fragments.
package struct WebSocketBounds: Sendable {
  /// Octets that wait for a slow receiver. One message may wait alone, however large it is. Past it the WebSocket is
  /// closed with 1013. Default 1 MiB.
  package var maxWaiting: Int
  /// The largest message, in octets. A larger one closes the WebSocket with 1009. Default 64 MiB.
  package var maxMessage: Int

  package init(maxWaiting: Int = 1024 * 1024, maxMessage: Int = 64 * 1024 * 1024) {
    self.maxWaiting = maxWaiting
    self.maxMessage = maxMessage
  }
}
