package import HTTPTypes
package import TelephoneKit

/// One hop of HTTP to a backend: connections, framing, bodies. Time limits and answers to errors are not its matter,
/// see ``BackendClient``.
///
/// - Cancelling the task of ``send(_:events:)`` gives up the request and its connection at once.
/// - The body of the response is read from the connection while it is pulled. Its `close()` may come while a read is
///   under way, which then throws. A body that is cut short throws, it never ends.
/// - The request's body is pulled as the connection takes it, also while the response comes. What it throws comes out of
///   `send`, or of the response's body, as it is.
package protocol BackendTransport: Sendable {
  /// Sends a request and waits for the final head.
  /// - Parameter events: told how far the request is; it is called from any thread and must be quick.
  /// - Throws: ``BackendFault``, `CancellationError`, or what the request's body threw.
  func send(
    _ request: BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void
  ) async throws -> BackendResponse

  /// Closes all connections.
  func shutdown() async
}

/// A request as it goes over the wire to a backend.
package struct BackendRequest: Sendable {
  package var origin: Origin
  package var method: HTTPRequest.Method
  /// Path and query, octet for octet (RFC 9112, 3.2.1), or `*`.
  package var target: String
  /// The value of `Host`.
  package var authority: String
  /// The fields, without `Host`, `Content-Length` and `Transfer-Encoding`: those follow from the rest.
  package var fields: HTTPFields
  /// Sent with `Content-Length` where its length is known, else in chunks.
  package var body: Body

  package init(
    origin: Origin, method: HTTPRequest.Method = .get, target: String = "/", authority: String? = nil,
    fields: HTTPFields = [:], body: Body = Body()
  ) {
    self.origin = origin
    self.method = method
    self.target = target
    self.authority = authority ?? origin.authority
    self.fields = fields
    self.body = body
  }
}

/// The final answer of a backend. Its body has not been read yet.
package struct BackendResponse: Sendable {
  package var status: HTTPResponse.Status
  /// The fields in order, with repeats, those of the connection among them.
  package var fields: HTTPFields
  package var body: Body

  package init(status: HTTPResponse.Status, fields: HTTPFields, body: Body) {
    self.status = status
    self.fields = fields
    self.body = body
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
