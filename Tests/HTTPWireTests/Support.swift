import HTTPTypes
import HTTPWire
import Logging
import NIOCore
import NIOSSL
import Synchronization
import TestSupport
import Testing

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A handler made of closures.
struct Handler: HTTPServerHandler {
  var accepts: @Sendable (ServerRequestHead) async -> Bool = { _ in true }
  var request: @Sendable (ServerRequest, ResponseWriter) async throws -> Void = { _, response in
    try await response.respond(status: 404)
  }
  var socket: @Sendable (WebSocket, ServerRequestHead) async -> Void = { _, _ in }

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    if request.head.asksForWebSocket, await accepts(request.head) {
      await socket(try await response.upgrade(), request.head)
    } else {
      try await self.request(request, response)
    }
  }
}

/// Runs `body` with a server on a free port.
func withServer(
  _ handler: Handler, clock: any Clock<Duration> = ContinuousClock(),
  configure: (inout HTTPServer.Configuration) -> Void = { _ in },
  run body: (HTTPServer) async throws -> Void
) async throws {
  var configuration = HTTPServer.Configuration()
  configure(&configuration)
  let server = try await HTTPServer.start(configuration, clock: clock, logger: quiet, handler: handler)
  do {
    try await body(server)
  } catch {
    await server.shutdown()
    throw error
  }
  await server.shutdown()
}

/// Sends a request to a server, and returns all that comes until the connection ends.
func talk(_ handler: Handler, _ request: String) async throws -> String {
  var answer = ""
  try await withServer(handler) { server in
    let client = try await RawClient.connect(port: server.port)
    try await client.write(request)
    answer = await client.readAllText()
  }
  return answer
}

/// Runs `body` with a WebSocket from a client to a server whose side `serve` is.
func withSocket(
  clock: any Clock<Duration> = ContinuousClock(),
  configuration: WebSocketClient.Configuration = .init(),
  configure: (inout HTTPServer.Configuration) -> Void = { _ in },
  server serve: @escaping @Sendable (WebSocket) async -> Void,
  client body: (WebSocket) async throws -> Void
) async throws {
  try await withServer(Handler(socket: { socket, _ in await serve(socket) }), clock: clock, configure: configure) {
    server in
    let client = WebSocketClient(configuration: configuration, clock: clock)
    let socket = try await client.connect(to: "ws://127.0.0.1:\(server.port)/socket")
    try await body(socket)
    await socket.close(code: 1006, reason: "")
  }
}

/// A value that one task sets and another one awaits.
final class Signal<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let continuation: AsyncStream<Value>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Value.self)
  }

  func send(_ value: Value) { continuation.yield(value) }

  /// Lets the time pass until the value is there.
  func wait(advancing clock: TestClock, by step: Duration) async -> Value? {
    let passing = Task {
      while !Task.isCancelled {
        clock.advance(by: step)
        await Task.yield()
      }
    }
    defer { passing.cancel() }
    return await wait()
  }

  func wait() async -> Value? {
    for await value in stream { return value }
    return nil
  }
}

extension HTTPField.Name {
  static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .accept }
}

/// A handshake by hand, with the accept of RFC 6455, section 1.3.
let handshake =
  "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

/// A client's frame, masked with zeros.
func frame(_ first: UInt8, _ payload: [UInt8] = [], masked: Bool = true) -> [UInt8] {
  let mask: UInt8 = masked ? 0x80 : 0
  var octets = [first]
  if payload.count < 126 {
    octets.append(mask | UInt8(payload.count))
  } else {
    octets += [mask | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
  }
  if masked { octets += [0, 0, 0, 0] }
  return octets + payload
}

extension WebSocket {
  /// Receives, and expects just that.
  func expect(_ message: Message?, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let received = try await receive()
    #expect(received == message, sourceLocation: sourceLocation)
  }
}

extension Certificates {
  /// How a server speaks TLS with the certificate for "localhost".
  func server() throws -> TLSConfiguration {
    .makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(path("server.pem")).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: path("server.key"), format: .pem)))
  }
}
