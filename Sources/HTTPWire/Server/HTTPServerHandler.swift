/// What a server does with its requests. Called for many connections at once; for one connection, in turn.
package protocol HTTPServerHandler: Sendable {
  /// Whether this request for a WebSocket is to become one. Asked for upgrade requests only; when it answers
  /// false, the request goes to ``serve(_:_:)-(ServerRequest,_)`` like any other, and its connection is closed
  /// after the answer. The default is false.
  func acceptsWebSocket(_ head: ServerRequestHead) async -> Bool

  /// Serves one request.
  ///
  /// The task is cancelled when the client goes away. An error that is thrown before the head was written is
  /// answered with a plain 500; after it, the connection is cut, so that the client sees a broken answer. The same
  /// holds for a return without an end.
  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws

  /// Serves an open WebSocket. It is closed (1000) when this returns. The default returns at once.
  func serve(_ socket: WebSocket, _ head: ServerRequestHead) async
}

extension HTTPServerHandler {
  package func acceptsWebSocket(_ head: ServerRequestHead) async -> Bool { false }

  package func serve(_ socket: WebSocket, _ head: ServerRequestHead) async {}
}
