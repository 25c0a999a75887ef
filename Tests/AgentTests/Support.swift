import Agent
import Foundation
import HTTPTypes
import HTTPWire
import KeySets
import Logging
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import TokenVault

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The time of day in these tests.
let now = Date(timeIntervalSince1970: 1_000_000)

/// A token, for the path `p`, that expires an hour after ``now``.
func token(
  pathID: String = "p", id: String = "j", issuedAt: Date = now, lifetime: Duration = .seconds(3600)
) throws -> AgentToken {
  try AgentToken(
    try TokenIssuer(secret: "a secret of the tests").issue(
      subject: "s", pathID: pathID, id: id, issuedAt: issuedAt, lifetime: lifetime))
}

/// A time of day that a test moves.
final class TimeOfDay: Sendable {
  private let time: Mutex<Date>
  init(_ first: Date = AgentTests.now) { time = Mutex(first) }
  var now: Date { time.withLock { $0 } }
  func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// A vault that holds a token in memory.
func heldVault(_ token: AgentToken) async throws -> TokenVault {
  try await TokenVault.open(VaultSettings(token: token.rawValue, trust: .off, store: nil), at: now)
}

/// The gateway's end of one socket.
struct GatewayEnd: Sendable {
  struct Ended: Error {}

  /// 1 for the first socket that the gateway took.
  let number: Int
  let target: String
  let socket: WebSocket
  private let serializer = PhoenixSerializer(role: .server)

  init(number: Int, target: String, socket: WebSocket) {
    self.number = number
    self.target = target
    self.socket = socket
  }

  func receive() async throws -> PhoenixMessage {
    guard let message = try await socket.receive() else { throw Ended() }
    return try serializer.decode(message)
  }

  func send(_ message: PhoenixMessage) async throws { try await socket.send(serializer.encode(message)) }

  func reply(to message: PhoenixMessage, _ status: String = "ok", _ response: JSONValue = [:]) async throws {
    try await send(
      PhoenixReply(status: status, json: response).message(
        joinRef: message.joinRef, ref: message.ref, topic: message.topic))
  }

  /// Takes the join and grants it.
  @discardableResult
  func join(_ response: JSONValue = [:]) async throws -> PhoenixMessage {
    let join = try await receive()
    try await reply(to: join, "ok", response)
    return join
  }

  func push(_ event: String, _ payload: JSONValue = [:], joinRef: String?, ref: String? = nil) async throws {
    try await send(PhoenixMessage(joinRef: joinRef, ref: ref, topic: "telephone:p", event: event, json: payload))
  }

  /// Sends a request for `/id`.
  func ask(_ id: String, _ join: PhoenixMessage) async throws {
    try await push(
      "proxy_req",
      ["request_id": .string(id), "method": "GET", "path": .string("/\(id)"), "query_string": "", "body": ""],
      joinRef: join.joinRef)
  }

  /// Answers what must be answered until the socket ends.
  func serveToTheEnd() async throws {
    while true {
      let message = try await receive()
      if message.event == "heartbeat" || message.event == "phx_leave" { try await reply(to: message) }
    }
  }

  /// Reads to the end and says how it came.
  func closure() async -> WebSocket.Close? {
    while (try? await socket.receive()) != nil {}
    return socket.closure
  }
}

/// A Phoenix gateway that does what a script says, for each socket.
final class ScriptedGateway: HTTPServerHandler {
  private let refusal: Int?
  private let script: @Sendable (GatewayEnd) async throws -> Void
  private let count = Mutex(0)

  /// - Parameter refusal: the status that answers every upgrade; `nil`: they are granted.
  init(refusal: Int? = nil, _ script: @escaping @Sendable (GatewayEnd) async throws -> Void) {
    self.refusal = refusal
    self.script = script
  }

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    let number = count.withLock { count in
      count += 1
      return count
    }
    guard refusal == nil, request.head.asksForWebSocket else {
      return try await response.respond(status: refusal ?? 400)
    }
    let socket = try await response.upgrade(fields: [:])
    try? await script(GatewayEnd(number: number, target: request.head.target, socket: socket))
    await socket.close(code: 1000, reason: "")
  }
}

/// Tells how exchanges ended.
struct Outcomes: FinallyStage {
  static let name = "outcomes"
  static let summary = "Tells how exchanges ended."
  let reports = Reports<Outcome.Kind>()
  init() {}
  init(_ options: NoOptions, _ context: StageContext) {}
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async { reports.send(outcome.kind) }
}

/// An agent, its gateway, and the clock of both their waits.
struct Bench {
  let clock = TestClock()
  let backend: ClosureBackend
  let outcomes = Outcomes()
  var logger = quiet
  /// With what the gateway refuses each upgrade.
  var refusal: Int?
  /// `nil`: one that holds ``token(pathID:lifetime:)``.
  var vault: TokenVault?
  var generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  var date: @Sendable () -> Date = { now }
  var pathID = "p"
  /// Nothing waits between attempts; each reply has 7 s.
  var change: (inout AgentSettings) -> Void = { _ in }

  init(_ answer: @escaping @Sendable (Request) async throws -> Response = { Response(text: $0.target) }) {
    backend = ClosureBackend(answer)
  }

  func agent(gateway port: Int) async throws -> Agent {
    var settings = AgentSettings(gateway: "ws://127.0.0.1:\(port)/telephone/websocket")
    settings.connectTimeout = .seconds(7)
    settings.backoff = Backoff(initial: .zero, maximum: .zero)
    settings.refusedTokenWait = .zero
    change(&settings)
    let pipeline = try Pipeline(
      name: "test",
      steps: [PipelineStep(stage: backend), PipelineStep(stage: PlainEmitter()), PipelineStep(stage: outcomes)],
      logger: logger)
    let held = if let vault { vault } else { try await heldVault(try token(pathID: pathID)) }
    return Agent(
      settings: settings, pipeline: LivePipeline(pipeline), vault: held, clock: clock, date: date, generator: generator,
      logger: logger)
  }

  /// Runs an agent against a gateway; afterwards both are ended.
  func run(
    _ script: @escaping @Sendable (GatewayEnd) async throws -> Void,
    _ body: (_ agent: Agent, _ running: Task<Void, any Error>) async throws -> Void
  ) async throws {
    // The gateway waits on real time, so that only the agent's waits are in the test's hand.
    let server = try await HTTPServer.start(
      .init(), clock: ContinuousClock(), logger: quiet, handler: ScriptedGateway(refusal: refusal, script))
    let agent = try await agent(gateway: server.port)
    let running = Task { try await agent.run() }
    var failure: (any Error)?
    do { try await body(agent, running) } catch { failure = error }
    running.cancel()
    _ = await running.result
    await server.shutdown()
    if let failure { throw failure }
  }
}
