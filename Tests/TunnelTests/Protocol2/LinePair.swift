import Dispatch
import HTTPTypes
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import TelephoneTesting

@testable import Tunnel

/// One direction of a line in memory. It delivers while it pushes, keeps what passed, and can be held or cut.
final class MemoryChannel: Protocol2Channel {
  struct Gone: Error {}

  private struct State {
    var receiver: (@Sendable (ByteBuffer) async throws -> Void)?
    var messages: [ByteBuffer] = []
    var isCut = false
  }

  private let state = Mutex(State())
  /// A push passes here first, where a test wants to hold one.
  private let hold = Mutex<Gate?>(nil)

  func deliver(to receiver: @escaping @Sendable (ByteBuffer) async throws -> Void) {
    state.withLock { $0.receiver = receiver }
  }

  /// All messages so far.
  var messages: [ByteBuffer] { state.withLock { $0.messages } }
  var frames: [Frame] { messages.flatMap(EngineBench.frames) }

  /// From now on each push waits, until it is let through.
  func holdPushes() -> Gate {
    let gate = Gate()
    hold.withLock { $0 = gate }
    return gate
  }

  /// Every later push fails.
  func cut() { state.withLock { $0.isCut = true } }

  func push(_ message: FrameMessage) async throws {
    let frames = message.joined
    try await hold.withLock { $0 }?.enter()
    let receiver = try state.withLock { state in
      guard !state.isCut else { throw Gone() }
      state.messages.append(frames)
      return state.receiver
    }
    try await receiver?(frames)
  }
}

/// A telephone and a gateway, joined in memory.
final class LinePair: Sendable {
  let toTelephone = MemoryChannel()
  let toGateway = MemoryChannel()
  let line: Protocol2Line
  let gateway: Protocol2Gateway
  let outcomes = Outcomes()
  let counters = TunnelCounters()

  init(
    telephone: LineTerms = LineTerms(), gateway terms: LineTerms = LineTerms(), growth: Int = 0,
    executor: (any TaskExecutor)? = nil, onGatewayDrain: (@Sendable () -> Void)? = nil,
    _ answer: @escaping @Sendable (Request) async throws -> Response
  ) throws {
    line = Protocol2Line(
      channel: toGateway, own: telephone, gateway: terms, pipeline: LivePipeline(try pipeline(outcomes, answer)),
      counters: counters,
      logger: quiet, joinRef: "1", name: "line", growth: growth, executor: executor, onGatewayDrain: onGatewayDrain)
    gateway = Protocol2Gateway(
      channel: toTelephone, own: terms, telephone: telephone, growth: growth, executor: executor)
    toTelephone.deliver { [line] in try await line.receive(Self.message($0)) }
    toGateway.deliver { [gateway] in try gateway.receive($0) }
  }

  static func message(_ frames: ByteBuffer, joinRef: String? = "1") -> PhoenixMessage {
    PhoenixMessage(joinRef: joinRef, topic: "telephone:p", event: "t2", payload: .binary(frames))
  }

  /// Ends both sides.
  func end() async {
    gateway.lose()
    await line.abandon()
  }

  func open(
    _ method: HTTPRequest.Method = .get, _ target: String = "/", _ fields: HTTPFields = [:], upgrade: Bool = false,
    end: Bool = true
  ) throws -> GatewayStream {
    try gateway.open(
      RequestHeadFrame(method: method, authority: "a.example", target: target, fields: fields), upgrade: upgrade,
      end: end)
  }
}

extension GatewayStream {
  /// The head, the whole body, and the trailers.
  func answer() async throws -> (status: Int, body: ByteBuffer, trailers: HTTPFields?) {
    var status = 0
    var body = ByteBuffer()
    while let event = try await next() {
      switch event {
      case .head(let code, _): status = code
      case .data(var octets): body.writeBuffer(&octets)
      case .end(let trailers): return (status, body, trailers)
      case .interim, .frame: break
      }
    }
    return (status, body, nil)
  }
}

/// A body without an end that counts what was pulled.
final class EndlessBody: BodySource {
  private let pulled = Mutex(0)
  let size: Int

  init(size: Int) { self.size = size }

  var octets: Int { pulled.withLock { $0 } }

  func read() async throws -> BodyPart {
    try Task.checkCancellation()
    pulled.withLock { $0 += size }
    return .bytes(ByteBuffer(repeating: 1, count: size))
  }
}

/// A value that a test's tasks share.
final class Noted<Value: Sendable>: Sendable {
  private let state: Mutex<Value>
  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }
  func change(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }
}

/// One thread at a time, as an event loop is.
final class QueueExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "tunnel tests")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
