import HTTPTypes
import HTTPWire
import NIOCore
import PhoenixChannels
import TelephoneKit
import Tunnel

/// A line that speaks protocol 2: each call is a stream.
final class GatewayLine2: GatewayLine {
  let channel: LineChannel
  private let gateway: Protocol2Gateway
  private let calls = CarriedCalls()

  /// - Parameters:
  ///   - own: what this gateway declared.
  ///   - telephone: what the telephone declared.
  ///   - executor: that of the socket.
  init(
    channel: LineChannel, own: LineTerms, telephone: LineTerms, clock: any Clock<Duration>,
    executor: any TaskExecutor
  ) {
    self.channel = channel
    self.gateway = Protocol2Gateway(
      channel: channel, own: own, telephone: telephone, clock: clock, executor: executor)
  }

  var readiness: LineReadiness {
    if calls.isClosed || gateway.isDraining { return .draining }
    return gateway.inFlight < gateway.maxStreams ? .ready : .full
  }

  func carry(_ call: Call) async throws { try await calls.run { try await stream(call) } }

  private func stream(_ call: Call) async throws {
    let head = call.request.head
    let stream: GatewayStream
    do {
      stream = try gateway.open(
        RequestHeadFrame(
          method: head.method, scheme: "http", authority: head.authority, target: call.target.target,
          clientAddress: head.remoteAddress, fields: head.fields.withoutHopByHop()),
        upgrade: head.asksForWebSocket, end: !call.request.hasContent)
    } catch {
      let failure = Failure(error)
      if error.kind == .idsUsedUp { retire() }
      // Nothing was sent, so another line may take it.
      throw error.kind == .headTooLarge ? failure : NotTaken(answer: failure)
    }
    try await StreamedCall(call: call, stream: stream).run()
  }

  func receive(_ event: String, _ payload: PhoenixMessage.Payload) async throws -> Bool {
    guard case .binary(let frames, rest: []) = payload, event == Protocol2Event.frames else { return false }
    try gateway.receive(frames)
    return true
  }

  func drain() async {
    gateway.beginDraining()
    await calls.drain()
    await gateway.flush()
  }

  /// No stream can be opened any more: the telephone dials another line, and this one is closed after its last call.
  private func retire() {
    Task {
      await drain()
      await channel.close(code: 1012, reason: "")
    }
  }

  func lose() {
    calls.lose()
    channel.lose()
    gateway.lose()
  }
}
