import Foundation
import HTTPTypes
import HTTPWire
import Logging
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import Tunnel

/// A line that speaks protocol 1: whole requests go out, whole answers are matched to them by their request id.
final class GatewayLine1: GatewayLine {
  private typealias Answer = OneShot<Result<ProxyResponse, any Error>>

  private struct State {
    var waiting: [String: Answer] = [:]
    var isLost = false
  }

  let channel: LineChannel
  private let encoding: BodyEncoding
  private let webSockets: GatewayWebSockets
  private let logger: Logger
  private let calls = CarriedCalls()
  private let state = Mutex(State())

  init(channel: LineChannel, encoding: BodyEncoding, clock: any Clock<Duration>, logger: Logger) {
    self.channel = channel
    self.encoding = encoding
    self.logger = logger
    self.webSockets = GatewayWebSockets(channel: channel, clock: clock)
  }

  var readiness: LineReadiness { calls.isClosed ? .draining : .ready }

  func carry(_ call: Call) async throws { try await calls.run { try await exchange(call) } }

  private func exchange(_ call: Call) async throws {
    if call.request.head.asksForWebSocket { return try await carryWebSocket(call) }
    let held = HeldOctets(of: call.bodies)
    defer { held.giveBack() }
    let body = try await call.wholeBody(held)
    let proxied = ProxyRequest(
      requestID: UUID().uuidString.lowercased(), method: call.request.head.method, path: call.target.path,
      queryString: call.target.query, fields: fields(of: call), body: body)
    let answer = try await ask(proxied, call.deadlines, call.settings)
    var fields = answer.fields.withoutHopByHop()
    let isHead = call.request.head.method == .head
    // The length of what is here is counted; only HEAD tells of a body that is not, if it tells one number.
    if !isHead || Int(fields[.contentLength] ?? "").map({ $0 < 0 }) ?? true { fields[.contentLength] = nil }
    if isHead {
      try await call.response.head(status: answer.status, fields: fields)
      try await call.response.end()
    } else {
      try await call.response.respond(status: answer.status, fields: fields, body: answer.body)
    }
  }

  /// The fields that the line can carry.
  private func fields(of call: Call) -> HTTPFields {
    let fields = call.protocol1Fields()
    let leftOut = fields.count { $0.text == nil }
    if leftOut > 0 {
      logger.warning(
        "protocol 1 carries UTF-8 only, fields with other octets were left out", metadata: ["left_out": "\(leftOut)"])
    }
    return fields
  }

  func receive(_ event: String, _ payload: PhoenixMessage.Payload) async throws -> Bool {
    guard case .json(let payload) = payload else { return false }
    guard event == "proxy_res" else { return await webSockets.receive(event: event, payload: payload) }
    receive(payload)
    return true
  }

  func drain() async { await calls.drain() }

  func lose() {
    let waiting = state.withLock { state in
      state.isLost = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for answer in waiting.values { answer.set(.failure(Failure.lineLost)) }
    calls.lose()
    webSockets.lose()
    channel.lose()
  }

  private func carryWebSocket(_ call: Call) async throws {
    let telephone = try await webSockets.connect(
      path: call.target.path, queryString: call.target.query, fields: fields(of: call))
    var fields = HTTPFields()
    fields[.secWebSocketProtocol] = telephone.subprotocol
    let socket: FrameSocket
    do {
      socket = try await call.response.upgradeToFrames(fields: fields)
    } catch {
      await telephone.abort(error)
      throw error
    }
    telephone.onOverrun { socket.abort() }
    _ = await WebSocketSplice(client: DoorWebSocket(socket), backend: telephone, clock: call.clock).run()
  }

  /// Sends a request and waits for its answer.
  private func ask(
    _ request: ProxyRequest, _ deadlines: DeadlineKeeper, _ settings: SwitchboardSettings
  ) async throws -> ProxyResponse {
    guard let payload = request.payload(encoding) else {
      throw Failure(
        status: .badGateway, code: "request-not-utf8", "This line carries bodies of UTF-8 text only.")
    }
    let answer = Answer()
    let isLost = state.withLock { state in
      if !state.isLost { state.waiting[request.requestID] = answer }
      return state.isLost
    }
    guard !isLost else { throw Failure.lineLost }
    let deadline = AnswerDeadline(deadlines, limit: settings.answerTimeout) {
      answer.set(.failure(Failure.noAnswer(within: settings.answerTimeout)))
    }
    deadline.arm()
    defer {
      deadline.settle()
      end(request.requestID, .failure(CancellationError()))
    }
    return try await withTaskCancellationHandler {
      await channel.untilOpen()
      // Whoever asked may have given up meanwhile: what nobody waits for is not sent.
      if answer.current == nil {
        do {
          try await channel.push("proxy_req", payload)
        } catch {
          answer.set(.failure(Failure.lineLost))
        }
      }
      return try await answer.value.get()
    } onCancel: {
      answer.set(.failure(CancellationError()))
    }
  }

  /// Takes an answer. One that nobody waits for, or not any more, is dropped.
  private func receive(_ payload: JSONValue) {
    do {
      let response = try ProxyResponse(payload)
      end(response.requestID, .success(response))
    } catch {
      guard let id = error.requestID else { return }
      end(
        id,
        .failure(
          Failure(
            status: .badGateway, code: "malformed-answer", "The telephone's answer could not be read. \(error.sentence)"
          )))
    }
  }

  private func end(_ id: String, _ result: Result<ProxyResponse, any Error>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.set(result)
  }
}
