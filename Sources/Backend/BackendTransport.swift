package import HTTPTypes
package import TelephoneKit

/// One hop of HTTP to a backend: connections, framing, bodies. Time limits and answers to errors are not its matter,
/// see ``BackendClient``.
///
/// - Cancelling the task of ``BackendCall/send(_:)`` gives up the request and its connection at once, as
///   ``BackendCall/giveUp()`` does.
/// - The body of the response is read from the connection while it is pulled. Its `close()` may come while a read is
///   under way, which then throws. A body that is cut short throws, it never ends.
/// - The request's body is pulled as the connection takes it, also while the response comes. What it throws comes out of
///   `send`, or of the response's body, as it is.
package protocol BackendTransport: Sendable {
  /// Prepares a call. Nothing is sent before ``BackendCall/send(_:)``.
  /// - Parameter events: told how far the request is; it is called from any thread and must be quick.
  func call(_ request: consuming BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void) -> any BackendCall

  /// Closes all connections.
  func shutdown() async
}

/// Takes a 1xx head.
package typealias BackendInterim = (HTTPResponse.Status, HTTPFields) async throws -> Void

/// One request on its way.
package protocol BackendCall: AnyObject, Sendable {
  /// Sends the request and waits for the final head. Called once.
  /// - Parameter interim: told of 1xx answers other than 100 and 101 as they come; what it throws breaks off the call.
  /// - Throws: ``BackendFault``, `CancellationError` if the call was given up, what the request's body threw, or what
  ///   `interim` threw.
  func send(_ interim: BackendInterim) async throws -> BackendResponse

  /// Gives up the request, or what is left of its answer, and closes its connection at once. From any thread, and
  /// harmless after the end.
  func giveUp()
}

extension BackendTransport {
  /// Sends a request and waits for the final head.
  package func send(
    _ request: BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void = { _ in }
  ) async throws -> BackendResponse {
    try await call(request, events: events).send { _, _ in }
  }
}

/// A request as it goes over the wire to a backend.
package struct BackendRequest: Sendable {
  package var origin: Origin
  package var method: HTTPRequest.Method
  /// Path and query, octet for octet (RFC 9112, 3.2.1), or `*`.
  package var target: String
  /// The value of `Host`.
  package var authority: String
  /// The fields, without `Host`, `Content-Length` and `Transfer-Encoding`: those follow from the rest. With `Expect:
  /// 100-continue` the body is pulled when the backend asks for it, or has said nothing for a second.
  package var fields: HTTPFields
  /// Sent with `Content-Length` where its length is known, else in chunks.
  package var body: Body
  /// Whether this is the handshake of a WebSocket (RFC 6455, 4.1). Its method is GET, it has no body, and the fields of
  /// the handshake are made by the transport, but for `Sec-WebSocket-Protocol`.
  package var webSocket = false

  package init(
    origin: Origin, method: HTTPRequest.Method = .get, target: String = "/", authority: String? = nil,
    fields: HTTPFields = [:], body: Body = Body(), webSocket: Bool = false
  ) {
    self.origin = origin
    self.method = method
    self.target = target
    self.authority = authority ?? origin.authority
    self.fields = fields
    self.body = body
    self.webSocket = webSocket
  }
}

/// The final answer of a backend. Its body has not been read yet.
package struct BackendResponse: Sendable {
  package var status: HTTPResponse.Status
  /// The fields in order, with repeats, those of the connection among them.
  package var fields: HTTPFields
  package var body: Body
  /// The open WebSocket, with status 101.
  package var webSocket: (any WebSocketPeer)?

  package init(
    status: HTTPResponse.Status, fields: HTTPFields, body: Body, webSocket: (any WebSocketPeer)? = nil
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.webSocket = webSocket
  }
}

/// How far a request is.
package enum BackendEvent: Sendable, Hashable {
  /// A connection is there, new or pooled, and the head is being written.
  case connected
  /// Octets of the request's body were handed to the connection.
  case moved
  /// All of the request was handed to the connection.
  case sent
}
