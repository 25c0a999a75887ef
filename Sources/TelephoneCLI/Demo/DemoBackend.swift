import HTTPTypes
import HTTPWire
import NIOCore

/// The service that the demo puts behind its telephone.
///
/// | path | answer |
/// |---|---|
/// | `/hello` | a greeting |
/// | `/api/echo` | the octets of the request as they come |
/// | `/limited` | a line; the pipeline lets few through |
/// | `/large` | 3 MiB of UTF-8 text |
/// | `/download` | 100 MiB of octets, see ``DemoContent`` |
/// | `/upload` | compares the request's body with the same 100 MiB |
/// | `/events` | server-sent events, one each second |
/// | `/wait` | a line, and no end until the client leaves |
/// | `/socket` | a WebSocket that sends back what comes |
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

  /// What it tells the self-check; `nil`: a person is calling.
  let signals: DemoSignals?

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    let path = request.head.target.prefix { $0 != "?" }
    switch path {
    case "/hello": try await say("Hello from the backend.\n", response)
    case "/limited": try await say("You are within the rate.\n", response)
    case "/large": try await response.respond(status: 200, fields: Self.text, body: Self.large)
    case "/api/echo":
      try await response.head(status: 200, fields: Self.octets)
      while let bytes = try await request.body.next() { try await response.write(bytes) }
      try await response.end()
    case "/download": try await download(response)
    case "/upload": try await upload(request, response)
    case "/events": try await events(response)
    case "/wait": try await wait(response)
    case "/socket" where request.head.asksForWebSocket: try await echo(response)
    default:
      try await response.respond(status: 404, fields: Self.text, body: ByteBuffer(string: "Nothing here.\n"))
    }
  }

  private static let text: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
  private static let octets: HTTPFields = [.contentType: "application/octet-stream"]

  private func say(_ words: String, _ response: ResponseWriter) async throws {
    try await response.respond(status: 200, fields: Self.text, body: ByteBuffer(string: words))
  }

  private func download(_ response: ResponseWriter) async throws {
    var fields = Self.octets
    fields[.contentLength] = String(DemoContent.size)
    try await response.head(status: 200, fields: fields)
    var content = DemoContent()
    while let piece = content.next() { try await response.write(piece) }
    try await response.end()
  }

  private func upload(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    var content = DemoContent()
    while let octets = try await request.body.next() {
      guard content.accept(octets) else {
        return try await say("wrong from octet \(content.position) on\n", response)
      }
    }
    try await say("\(content.position) octets, all right\n", response)
  }

  private func events(_ response: ResponseWriter) async throws {
    try await response.head(status: 200, fields: [.contentType: "text/event-stream", .cacheControl: "no-store"])
    try await response.write(ByteBuffer(string: "data: event 1\n\n"))
    for number in 2...(signals == nil ? 5 : 2) {
      if let signals { try await signals.firstEventCame.wait() } else { try await Task.sleep(for: .seconds(1)) }
      try await response.write(ByteBuffer(string: "data: event \(number)\n\n"))
    }
    try await response.end()
  }

  private func wait(_ response: ResponseWriter) async throws {
    do {
      try await response.head(status: 200, fields: Self.text)
      try await response.write(ByteBuffer(string: "Leave when you like.\n"))
      // Nobody gives it: the wait ends when the client is gone.
      try await DemoSignal().wait()
    } catch {
      signals?.waitWasCancelled.give()
      throw error
    }
  }

  private func echo(_ response: ResponseWriter) async throws {
    let socket = try await response.upgradeToFrames(fields: [:])
    while let piece = try await socket.receive() {
      switch piece {
      case .ping(let octets): try await socket.send(.pong(octets))
      case .pong: continue
      case .data: try await socket.send(piece)
      case .close: return try await socket.send(piece)
      }
    }
  }
}
