import Backend
import HTTPTypes
import NIOCore
import TelephoneKit

/// A client for the demo's own calls.
struct DemoClient: Sendable {
  /// An answer that is held in memory.
  struct Answer {
    var status: Int
    var fields: HTTPFields
    var body: ByteBuffer
  }

  private let transport: any BackendTransport
  private let origin: Origin

  init(origin: Origin, transport: any BackendTransport) {
    self.origin = origin
    self.transport = transport
  }

  /// One request, one answer.
  /// - Parameter target: sent octet for octet.
  func send(
    _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()
  ) async throws -> Answer {
    let response = try await open(method, target, fields: fields, body: Body(body))
    return Answer(
      status: response.status.code, fields: response.fields, body: try await response.body.collect(upTo: 64 << 20))
  }

  /// One request, and the head of its answer; the body is pulled by the caller, or closed.
  func open(
    _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = [:], body: Body = Body(),
    webSocket: Bool = false
  ) async throws -> BackendResponse {
    var request = BackendRequest(origin: origin, method: method, target: target, fields: fields, body: body)
    request.webSocket = webSocket
    return try await transport.send(request, events: { _ in })
  }

  func close() async { await transport.shutdown() }
}
