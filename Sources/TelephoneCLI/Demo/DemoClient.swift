import Backend
import HTTPTypes
import NIOCore
import TelephoneKit

/// A client for the demo's own calls: one request, one answer held in memory.
struct DemoClient {
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

  /// - Parameter target: sent octet for octet.
  func send(
    _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()
  ) async throws -> Answer {
    let request = BackendRequest(origin: origin, method: method, target: target, fields: fields, body: Body(body))
    let response = try await transport.send(request, events: { _ in })
    return Answer(
      status: response.status.code, fields: response.fields, body: try await response.body.collect(upTo: 64 << 20))
  }

  func close() async { await transport.shutdown() }
}
