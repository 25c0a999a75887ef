import Agent
import Foundation
import HTTPWire
import KeySets
import Logging
import NIOCore
import PhoenixChannels
import Switchboard
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import TokenVault

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

let secret = "a secret of the tests"

/// The time of day in these tests.
let now = Date(timeIntervalSince1970: 1_000_000)

func token(
  pathID: String = "p", secret: String = secret, issuedAt: Date = now, lifetime: Duration = .seconds(3600)
) throws -> String {
  try TokenIssuer(secret: secret).issue(
    subject: "s", pathID: pathID, id: "j", issuedAt: issuedAt, lifetime: lifetime)
}

/// Runs `body` with a switchboard on a free port.
func withSwitchboard(
  clock: any Clock<Duration> = ContinuousClock(), _ change: (inout SwitchboardSettings) -> Void = { _ in },
  _ body: (Switchboard) async throws -> Void
) async throws {
  var settings = SwitchboardSettings(secret: secret)
  settings.port = 0
  settings.startGrace = .zero
  change(&settings)
  let switchboard = try await Switchboard.start(settings, clock: clock, date: { now }, logger: quiet)
  do {
    try await body(switchboard)
  } catch {
    await switchboard.shutdown()
    throw error
  }
  await switchboard.shutdown()
}

/// A Phoenix client by hand.
struct Phone: Sendable {
  struct Ended: Error {}

  let socket: WebSocket
  let pathID: String

  static func dial(_ port: Int, pathID: String = "p") async throws -> Phone {
    let url = SocketURL(gateway: "ws://127.0.0.1:\(port)/telephone/websocket", token: try token(pathID: pathID))
    return Phone(socket: try await WebSocketClient(clock: ContinuousClock()).connect(to: url.secretURL), pathID: pathID)
  }

  /// Dials, and joins with join_ref 1.
  static func joined(_ port: Int, pathID: String = "p") async throws -> Phone {
    let phone = try await dial(port, pathID: pathID)
    try await phone.send("1", "1", "phx_join")
    _ = try await phone.receive()
    return phone
  }

  func send(_ text: String) async throws { try await socket.send(.text(text)) }

  func send(_ joinRef: String?, _ ref: String?, _ event: String, _ payload: JSONValue = [:]) async throws {
    let parts: [JSONValue] = [
      joinRef.map { .string($0) } ?? .null, ref.map { .string($0) } ?? .null, .string("telephone:\(pathID)"),
      .string(event), payload,
    ]
    try await send(JSONValue.array(parts).text)
  }

  /// The next message, as text.
  func receive() async throws -> String {
    guard case .text(let text) = try await socket.receive() else { throw Ended() }
    return text
  }

  /// The payload of the next message, which must be a request.
  func request() async throws -> JSONValue {
    let message = try JSONValue(parsing: try await receive())
    guard message.arrayValue?[3] == "proxy_req", let payload = message.arrayValue?[4] else { throw Ended() }
    return payload
  }

  /// Answers a request.
  func answer(
    _ request: JSONValue, status: Int64 = 200, headers: JSONValue = [:], body: String = "", joinRef: String = "1"
  ) async throws {
    try await send(
      joinRef, "9", "proxy_res",
      [
        "request_id": request["request_id"] ?? .null, "status": .integer(status), "headers": headers,
        "body": .string(body), "chunked": false,
      ])
  }

  /// Answers every request with the same body, until the socket ends.
  func answerAll(_ body: String) async {
    while let request = try? await request() { try? await answer(request, body: body) }
  }

  /// Reads to the end and says how it came.
  func closure() async -> UInt16? {
    while (try? await socket.receive()) != nil {}
    return socket.closure?.code
  }
}

/// An answer as it came over the wire.
struct WireAnswer: Sendable {
  var status: Int
  /// Lines as they came, names in lower case.
  var fields: [String]
  var body: ByteBuffer

  var text: String { String(buffer: body) }

  func field(_ name: String) -> String? {
    fields.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
  }
}

/// Writes one request and reads to the end of the connection.
func call(
  _ port: Int, _ target: String, method: String = "GET", fields: [String] = [], body: ByteBuffer? = nil
) async throws -> WireAnswer {
  var head = "\(method) \(target) HTTP/1.1\r\nHost: example.org\r\n"
  for field in fields { head += "\(field)\r\n" }
  if let body { head += "Content-Length: \(body.readableBytes)\r\n" }
  if !fields.contains(where: { $0.hasPrefix("Connection:") }) { head += "Connection: close\r\n" }
  let connection = try await RawClient.connect(port: port)
  // A refusal may come, and the connection end, while the request is still being written.
  async let written: Void = connection.write(ByteBuffer(string: head + "\r\n"))
  try await written
  if let body { try? await connection.write(body) }
  var octets = await connection.readAll()
  await connection.close()
  guard let end = octets.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)),
    let top = octets.readString(length: end.upperBound - octets.readerIndex)
  else { throw Phone.Ended() }
  var lines = top.split(separator: "\r\n").map(String.init)
  let status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "") ?? 0
  lines = lines.map { line in
    guard let colon = line.firstIndex(of: ":") else { return line }
    return line[..<colon].lowercased() + line[colon...]
  }
  return WireAnswer(status: status, fields: lines, body: octets)
}

/// Writes chunks of at most 1000 octets, wherever that cuts.
struct Emitting: EmitStage {
  static let name = "emitting"
  static let summary = "Writes the answer in pieces."
  init() {}
  init(_ options: NoOptions, _ context: StageContext) {}

  func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    try await sink.head(response.status, response.fields)
    while var part = try await response.body.next() {
      while let chunk = part.readSlice(length: min(1000, part.readableBytes)), chunk.readableBytes > 0 {
        try await sink.write(chunk)
      }
    }
    try await sink.end(response.body.trailers)
  }
}

/// Runs `body` while an agent keeps a line to a switchboard.
func withAgent(
  _ port: Int, _ answer: @escaping @Sendable (Request) async throws -> Response, _ body: () async throws -> Void
) async throws {
  var settings = AgentSettings(
    gateway: "ws://127.0.0.1:\(port)/telephone/websocket", token: try AgentToken(try token()))
  settings.backoff = Backoff(initial: .zero, maximum: .zero)
  let pipeline = try Pipeline(
    name: "test", steps: [PipelineStep(stage: ClosureBackend(answer)), PipelineStep(stage: Emitting())], logger: quiet)
  let agent = Agent(settings: settings, pipeline: pipeline, date: { now }, logger: quiet)
  let running = Task { try await agent.run() }
  var failure: (any Error)?
  do { try await body() } catch { failure = error }
  await agent.stop()
  _ = await running.result
  if let failure { throw failure }
}

extension Switchboard {
  /// Returns when so many telephones have joined.
  func untilJoined(_ count: Int = 1, _ pathID: String = "p") async throws {
    while joined[pathID, default: 0] != count {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}
