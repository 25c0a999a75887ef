import HTTPTypes
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import TelephoneTesting

@testable import Tunnel

/// A telephone and a gateway that push to each other in memory, with a WebSocket backend that the test plays.
final class SocketRig: Sendable {
  /// Hands what is pushed to the other side as JSON text, in the order of the pushes.
  final class Wire: Protocol1Channel {
    struct Gone: Error {}
    typealias Receiver = @Sendable (String, JSONValue) async -> Void
    private let receiver = Mutex<Receiver?>(nil)
    let log = RecordingChannel()

    func connect(_ receive: @escaping Receiver) { receiver.withLock { $0 = receive } }

    func push(_ event: String, _ payload: JSONValue) async throws {
      try await log.push(event, payload)
      let receive = receiver.withLock { $0 }
      await receive?(event, try JSONValue(parsing: payload.text))
    }
  }

  let backend = WebSocketPair()
  let client = WebSocketPair()
  let clock = ManualClock()
  let outcomes = Outcomes()
  let counters = TunnelCounters()
  let toGateway = Wire()
  let toTelephone = Wire()
  let line: Protocol1Line
  let gateway: GatewayWebSockets

  /// - Parameter answer: the backend's; default: 101 with the first subprotocol.
  init(
    telephone: Protocol1Settings = Protocol1Settings(), gateway bounds: WebSocketBounds = WebSocketBounds(),
    answer: (@Sendable (Request) async throws -> Response)? = nil
  ) throws {
    let inner = backend.inner
    let pipeline = try Pipeline(
      name: "test",
      steps: [
        PipelineStep(
          stage: ClosureBackend { request in
            if let answer { return try await answer(request) }
            return .opening(inner, for: request)
          }), PipelineStep(stage: PlainEmitter()), PipelineStep(stage: outcomes),
      ], clock: clock, logger: quiet)
    line = Protocol1Line(
      channel: toGateway, pipeline: LivePipeline(pipeline), settings: telephone, counters: counters, logger: quiet)
    let ids = Mutex(0)
    gateway = GatewayWebSockets(channel: toTelephone, bounds: bounds, clock: clock) {
      ids.withLock { ids in
        ids += 1
        return "ws-\(ids)"
      }
    }
    toTelephone.connect { [line] in await line.receive(event: $0, payload: $1) }
    toGateway.connect { [gateway] in _ = await gateway.receive(event: $0, payload: $1) }
  }

  func connect(_ fields: HTTPFields = [:]) async throws -> GatewayWebSocket {
    try await gateway.connect(path: "/chat", queryString: "room=1", fields: fields)
  }

  /// A telephone's WebSocket, and the client's end that was joined with it.
  func join() async throws -> Task<WebSocketSplice.Ending, Never> {
    let telephone = try await connect()
    let splice = WebSocketSplice(client: client.inner, backend: telephone, clock: clock)
    return Task { await splice.run() }
  }
}

extension Response {
  /// 101 with the first of the subprotocols.
  static func opening(_ peer: any WebSocketPeer, for request: Request) -> Response {
    var response = Response(status: .switchingProtocols, webSocket: peer)
    let offered = request.fields[.secWebSocketProtocol]?.split(separator: ",").first
    if let offered { response.fields[.secWebSocketProtocol] = String(offered) }
    return response
  }
}

extension WebSocketFrame {
  static func text(_ text: String, isFinal: Bool = true) -> WebSocketFrame {
    .data(.text, ByteBuffer(string: text), isFinal: isFinal)
  }

  static func more(_ text: String, isFinal: Bool = true) -> WebSocketFrame {
    .data(.continuation, ByteBuffer(string: text), isFinal: isFinal)
  }
}
