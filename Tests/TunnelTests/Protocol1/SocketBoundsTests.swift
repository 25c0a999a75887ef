import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import Testing

@testable import Tunnel

/// What one WebSocket of protocol 1 may hold: there is no credit.
@Suite(.timeLimit(.minutes(1))) struct SocketBoundsTests {
  let small = WebSocketBounds(maxWaiting: 1000, maxMessage: 5000)

  private func message(_ octets: Int) -> WebSocketFrame {
    .data(.binary, ByteBuffer(repeating: 1, count: octets), isFinal: true)
  }

  @Test func `a backend that is too slow is cut off, and the client gets a 1013`() async throws {
    let slow = WebSocketPair(capacity: 1)
    let rig = try SocketRig(telephone: Protocol1Settings(webSockets: small)) { .opening(slow.inner, for: $0) }
    let socket = try await rig.connect()
    // One is with the backend, one is held, two may wait, the next is too much.
    for _ in 0..<2 { try await socket.send(message(300)) }
    await slow.inner.isHeld()
    for _ in 0..<3 { try await socket.send(message(300)) }
    #expect(try await socket.receive() == .close(code: 1013, reason: "The other end is too slow."))
    await rig.line.drain()
    #expect(slow.inner.abortedBy != nil)
    #expect(rig.outcomes.all.map(\.kind) == [.abandoned])
    #expect(rig.counters.values.overruns == 1)
    #expect(rig.gateway.count == 0)
  }

  @Test func `a client that is too slow is cut off, and the backend gets a 1013`() async throws {
    let rig = try SocketRig(gateway: small)
    let socket = try await rig.connect()
    let overrun = Gate()
    socket.onOverrun { overrun.open() }
    for _ in 0..<2 { try await rig.backend.outer.send(message(600)) }
    #expect(try await rig.backend.outer.receive() == .close(code: 1013, reason: "The other end is too slow."))
    try await overrun.enter()
    await #expect(throws: ClientGone.self) { try await socket.receive() }
    await socket.abort(ClientGone())
    #expect(rig.gateway.count == 0)
  }

  @Test func `one message may wait alone, however large`() async throws {
    let rig = try SocketRig(gateway: small)
    let socket = try await rig.connect()
    try await rig.backend.outer.send(message(5000))
    _ = await rig.toGateway.log.pushes(2)
    #expect(try await socket.receive() == message(5000))
  }

  @Test func `a message past the limit closes both ends with 1009`() async throws {
    // What the backend sends is gathered by the telephone.
    let rig = try SocketRig(telephone: Protocol1Settings(webSockets: small))
    let socket = try await rig.connect()
    let fragment = ByteBuffer(repeating: 1, count: 3000)
    try await rig.backend.outer.send(.data(.binary, fragment, isFinal: false))
    try await rig.backend.outer.send(.data(.continuation, fragment, isFinal: true))
    #expect(try await socket.receive() == .close(code: 1009, reason: ""))
    #expect(try await rig.backend.outer.receive() == .close(code: 1009, reason: ""))
    try await rig.backend.outer.send(.close(code: 1009, reason: ""))
    await rig.line.drain()
    #expect(rig.outcomes.all.map(\.kind) == [.delivered])

    // What the gateway sends comes whole.
    let other = try SocketRig(telephone: Protocol1Settings(webSockets: small))
    let large = try await other.connect()
    try await large.send(message(5001))
    #expect(try await large.receive() == .close(code: 1009, reason: ""))
    #expect(try await other.backend.outer.receive() == .close(code: 1009, reason: ""))
  }

  @Test func `a large message in fragments passes`() async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    let fragment = ByteBuffer(repeating: 0x61, count: 256 << 10)
    for index in 0..<16 {
      try await rig.backend.outer.send(
        .data(index == 0 ? .binary : .continuation, fragment, isFinal: index == 15))
    }
    guard case .data(.binary, let bytes, true) = try await socket.receive() else {
      return #expect(Bool(false), "no message")
    }
    #expect(bytes.readableBytes == 4 << 20)
  }

  @Test(arguments: [
    WebSocketFrame.more("a"), .data(.continuation, ByteBuffer(), isFinal: false),
  ])
  func `a continuation of nothing closes both ends with 1002`(_ frame: WebSocketFrame) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    try await rig.backend.outer.send(frame)
    #expect(try await socket.receive() == .close(code: 1002, reason: ""))
    #expect(try await rig.backend.outer.receive() == .close(code: 1002, reason: ""))
  }

  @Test func `an inbox gives what waits before its error is known, and one error only`() async throws {
    let inbox = FrameInbox(bound: 100)
    #expect(inbox.put(.text("a")))
    #expect(!inbox.put(.text("b")))
    #expect(try await inbox.next() == .text("a"))
    #expect(inbox.put(.close(code: 1000, reason: "")))
    #expect(inbox.put(.text("late")))
    #expect(try await inbox.next() == .close(code: 1000, reason: ""))
    inbox.fail(ClientGone())
    inbox.fail(CancellationError())
    await #expect(throws: ClientGone.self) { try await inbox.next() }
  }

  @Test func `a receiver that is cancelled leaves`() async throws {
    let inbox = FrameInbox(bound: 100)
    let task = Task { try await inbox.next() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
