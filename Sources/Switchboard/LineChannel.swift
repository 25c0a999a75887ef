import HTTPWire
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import Tunnel

/// The way from the gateway to a telephone on one join. Nothing leaves before the reply to the join has.
final class LineChannel: Sendable {
  private let socket: WebSocket
  private let serializer: PhoenixSerializer
  private let joinRef: String?
  private let topic: String
  private let onCrash: @Sendable () async -> Void
  /// False when the line was lost before.
  private let isOpen = OneShot<Bool>()
  private let isLost = Atomic(false)

  /// - Parameter onCrash: ends the join as a crash of its channel does.
  init(
    socket: WebSocket, serializer: PhoenixSerializer, joinRef: String?, topic: String,
    onCrash: @escaping @Sendable () async -> Void
  ) {
    self.socket = socket
    self.serializer = serializer
    self.joinRef = joinRef
    self.topic = topic
    self.onCrash = onCrash
  }

  /// The reply to the join is out: from now on pushes leave. Those that came before were held.
  func open() { isOpen.set(true) }

  /// The line is over: nothing leaves any more.
  func lose() {
    isLost.store(true, ordering: .relaxed)
    isOpen.set(false)
  }

  /// Returns when the reply to the join is out, or the line lost.
  func untilOpen() async { _ = await isOpen.value }

  /// Pushes an event with a JSON payload.
  /// - Throws: `ClientGone` if the line is over; the socket's error.
  func push(_ event: String, _ payload: JSONValue) async throws {
    try await push(event, .json(payload))
  }

  private func push(_ event: String, _ payload: PhoenixMessage.Payload) async throws {
    guard await isOpen.value, !isLost.load(ordering: .relaxed) else { throw ClientGone() }
    let message = PhoenixMessage(joinRef: joinRef, topic: topic, event: event, payload: payload)
    try await socket.send(try serializer.payload(of: message))
  }

  /// Ends the join as a crash of its channel does; the socket stays open.
  func crash() async { await onCrash() }

  /// Closes the socket that the line runs on.
  func close(code: UInt16, reason: String) async {
    await socket.close(code: code, reason: reason)
  }
}

extension LineChannel: Protocol1Channel {}

extension LineChannel: Protocol2Channel {
  func push(_ frames: FrameMessage) async throws { try await push(Protocol2Event.frames, frames.payload) }
}
