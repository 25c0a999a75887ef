import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit

/// One WebSocket on a protocol 1 line, as either side has it: frames of the far side come out of ``receive()``, and what
/// is sent becomes `ws_frame`.
///
/// Protocol 1 carries whole messages, so fragments are gathered. It has no credit, so what the far side sends while
/// nobody receives waits in bounds, and past them the WebSocket is closed.
final class TunnelSocket: WebSocketPeer {
  /// Which end of the tunnel this is.
  enum Role: Sendable {
    case telephone
    case gateway

    var closeEvent: String { self == .telephone ? "ws_closed" : "ws_close" }
  }

  private struct State {
    /// Nothing more is pushed.
    var isOver = false
    var opcode: SocketFrame.Opcode?
    var gathered = ByteBuffer()
    var onOverrun: (@Sendable () -> Void)?
  }

  let id: String
  private let role: Role
  private let channel: any Protocol1Channel
  private let bounds: WebSocketBounds
  private let inbox: FrameInbox
  private let answers: SideAnswers
  private let state = Mutex(State())

  /// - Parameter answers: what ends the WebSocket for the far side's doing leaves by these.
  init(id: String, role: Role, channel: any Protocol1Channel, bounds: WebSocketBounds, answers: SideAnswers) {
    self.id = id
    self.role = role
    self.channel = channel
    self.bounds = bounds
    self.answers = answers
    inbox = FrameInbox(bound: bounds.maxWaiting)
  }

  /// Called once, if what the far side sends finds no room any more.
  func onOverrun(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onOverrun = action } }

  func receive() async throws -> WebSocketFrame { try await inbox.next() }

  func send(_ frame: WebSocketFrame) async throws {
    switch frame {
    case .data(let opcode, let bytes, let isFinal):
      switch gather(opcode, bytes, isFinal) {
      case .incomplete: break
      case .message(let opcode, let bytes): try await push(opcode, bytes)
      case .fault(let code): end(with: code, "")
      }
    case .ping(let bytes): try await push(.ping, bytes)
    case .pong(let bytes): try await push(.pong, bytes)
    case .close(let code, let reason):
      guard over() else { return }
      try await push(role.closeEvent, SocketClose(connectionID: id, code: code, reason: reason).payload)
      // A gateway answers no `ws_closed`.
      if role == .telephone { _ = inbox.put(.close(code: code, reason: "")) }
    }
  }

  func abort(_ error: any Error) async {
    inbox.fail(error)
    guard over() else { return }
    switch role {
    case .telephone:
      // Cancelled is what a lost line does, or the client's own going.
      if error is CancellationError || error is ClientGone { return }
      try? await channel.push("ws_error", Self.errorPayload(id, .backendError))
    case .gateway:
      let gone = SocketClose(connectionID: id, code: 1006, reason: "").payload
      // Who aborts is mostly cancelled, and what is cancelled pushes nothing.
      Task { [channel] in try? await channel.push("ws_close", gone) }
    }
  }

  static func errorPayload(_ id: String, _ fault: SocketFault) -> JSONValue {
    ["connection_id": .string(id), "reason": .string(fault.rawValue)]
  }
}

// What the far side sends.
extension TunnelSocket {
  /// - Returns: `false` if the WebSocket had to be closed, because nobody receives or the message is too large.
  func take(_ frame: SocketFrame) -> Bool {
    guard frame.bytes.readableBytes <= bounds.maxMessage else {
      end(with: 1009, "")
      return false
    }
    if inbox.put(frame.frame) { return true }
    inbox.fail(ClientGone())
    let action = state.withLock { $0.onOverrun }
    if over() {
      let close = SocketClose(connectionID: id, code: 1013, reason: "The other end is too slow.")
      answer(role.closeEvent, close.payload)
    }
    action?()
    return false
  }

  /// A `ws_frame` that cannot be read ends the WebSocket.
  func takeInvalidFrame() {
    guard role == .telephone else { return end(with: 1007, "") }
    if over() { answer("ws_error", Self.errorPayload(id, .invalidFrameData)) }
    _ = inbox.put(.close(code: 1007, reason: ""))
  }

  func take(_ close: SocketClose) {
    // The gateway's close is answered, the telephone's `ws_closed` is the end.
    if role == .gateway || close.code == 1006 { _ = over() }
    if close.code == 1006 { return inbox.fail(ClientGone()) }
    _ = inbox.put(.close(code: close.code, reason: close.reason))
  }

  /// The telephone's WebSocket broke, or the line is lost.
  func fail(_ error: any Error) {
    _ = over()
    inbox.fail(error)
  }
}

extension TunnelSocket {
  private enum Gathered {
    case incomplete
    case message(SocketFrame.Opcode, ByteBuffer)
    /// Ends the WebSocket with this code.
    case fault(UInt16)
  }

  private func gather(_ opcode: WebSocketFrame.Opcode, _ bytes: ByteBuffer, _ isFinal: Bool) -> Gathered {
    state.withLock { state in
      if state.isOver { return .incomplete }
      switch (opcode, state.opcode) {
      case (.text, nil): state.opcode = .text
      case (.binary, nil): state.opcode = .binary
      case (.continuation, .some): break
      default: return .fault(1002)
      }
      guard state.gathered.readableBytes + bytes.readableBytes <= bounds.maxMessage else {
        (state.gathered, state.opcode) = (ByteBuffer(), nil)
        return .fault(1009)
      }
      if state.gathered.readableBytes == 0 {
        state.gathered = bytes
      } else {
        state.gathered.writeImmutableBuffer(bytes)
      }
      guard isFinal, let opcode = state.opcode else { return .incomplete }
      defer { (state.gathered, state.opcode) = (ByteBuffer(), nil) }
      return .message(opcode, state.gathered)
    }
  }

  private func push(_ opcode: SocketFrame.Opcode, _ bytes: ByteBuffer) async throws {
    // What is sent after the end is lost, as on any WebSocket that has closed.
    if state.withLock({ $0.isOver }) { return }
    try await push("ws_frame", SocketFrame(connectionID: id, opcode: opcode, bytes: bytes).payload)
  }

  private func push(_ event: String, _ payload: JSONValue) async throws {
    do {
      try await channel.push(event, payload)
    } catch {
      if error is CancellationError { throw error }
      throw role == .telephone ? ClientGone() as any Error : SocketFault.backendError.failure
    }
  }

  /// - Returns: whether it is over only now.
  private func over() -> Bool {
    state.withLock { state in
      defer { state.isOver = true }
      return !state.isOver
    }
  }

  /// Closes both ways: the far side with a message, the near one with a close that it receives.
  private func end(with code: UInt16, _ reason: String) {
    _ = inbox.put(.close(code: code, reason: reason))
    guard over() else { return }
    answer(role.closeEvent, SocketClose(connectionID: id, code: code, reason: reason).payload)
  }

  /// Pushes what nobody waits for.
  private func answer(_ event: String, _ payload: JSONValue) {
    answers.send { [channel] in try? await channel.push(event, payload) }
  }
}
