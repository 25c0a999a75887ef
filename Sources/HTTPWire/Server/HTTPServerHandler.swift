/// What a server does with its requests. Called for many connections at once; for one connection, in turn.
package protocol HTTPServerHandler: Sendable {
  /// Serves one request, on the thread of its connection's event loop: it must not block.
  ///
  /// The task is cancelled when the client goes away. An error that is thrown before the head was written is
  /// answered with a plain 500; after it, the connection is cut, so that the client sees a broken answer. The same
  /// holds for a return without an end.
  ///
  /// A request that asks for a WebSocket (``ServerRequestHead/asksForWebSocket``) becomes one by
  /// ``ResponseWriter/upgrade(fields:)`` or ``ResponseWriter/upgradeToFrames(fields:)``; any other answer refuses it.
  /// The end of a WebSocket does not cancel the task, the socket tells of it. The socket is closed when this returns.
  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws
}
