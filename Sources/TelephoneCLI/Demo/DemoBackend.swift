import Foundation
import HTTPTypes
import HTTPWire
import NIOCore

/// The service that the demo puts behind its telephone.
///
/// | path | answer |
/// |---|---|
/// | `/hello` | a greeting |
/// | `/api/echo` | the octets of the request, and how many there were |
/// | `/limited` | a line; the pipeline lets few through |
/// | `/large` | 3 MiB of UTF-8 text |
/// | anything else | 404 |
struct DemoBackend: HTTPServerHandler {
  /// 3 MiB of text in which octets and characters do not line up: sequences of one to four octets in turn.
  static let large: ByteBuffer = {
    let line = "Grüße an alle, 你好, 🌍! The quick brown fox jumps over the lazy dog.\n"
    var text = ByteBuffer()
    while text.readableBytes + line.utf8.count <= 3 * 1024 * 1024 { text.writeString(line) }
    while text.readableBytes < 3 * 1024 * 1024 { text.writeString("~") }
    return text
  }()

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    let path = request.head.target.prefix { $0 != "?" }
    switch path {
    case "/hello":
      try await response.respond(status: 200, fields: Self.text, body: ByteBuffer(string: "Hello from the backend.\n"))
    case "/limited":
      try await response.respond(status: 200, fields: Self.text, body: ByteBuffer(string: "You are within the rate.\n"))
    case "/large":
      try await response.respond(status: 200, fields: Self.text, body: Self.large)
    case "/api/echo":
      try await response.head(status: 200, fields: [.contentType: "application/octet-stream"])
      while let bytes = try await request.body.next() { try await response.write(bytes) }
      try await response.end()
    default:
      try await response.respond(status: 404, fields: Self.text, body: ByteBuffer(string: "Nothing here.\n"))
    }
  }

  private static let text: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
}
