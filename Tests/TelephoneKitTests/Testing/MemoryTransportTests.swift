import HTTPWire
import NIOCore
import TelephoneTesting
import Testing

/// The tunnel in memory behaves as a WebSocket would.
struct MemoryTransportTests {
  @Test func `what one end sends, the other receives, in order and both ways`() async throws {
    let (here, there) = MemoryTransport.pair()
    try await here.send(.text("1"))
    try await here.send(.binary(ByteBuffer(string: "2")))
    try await there.send(.text("3"))
    #expect(try await there.receive() == .text("1"))
    #expect(try await there.receive() == .binary(ByteBuffer(string: "2")))
    #expect(try await here.receive() == .text("3"))
    #expect(here.closure == nil)
  }

  @Test func `a reader waits for a message`() async throws {
    let (here, there) = MemoryTransport.pair()
    async let message = there.receive()
    try await here.send(.text("late"))
    #expect(try await message == .text("late"))
  }

  @Test func `a sender waits for room`() async throws {
    let (here, there) = MemoryTransport.pair(limit: 10)
    let diary = Diary()
    try await here.send(.text("12345678"))
    let second = Task {
      try await here.send(.text("abc"))
      diary.note("sent")
    }
    for _ in 0..<100 { await Task.yield() }
    #expect(diary.notes.isEmpty)
    #expect(try await there.receive() == .text("12345678"))
    try await second.value
    #expect(try await there.receive() == .text("abc"))
  }

  @Test func `a message over the limit goes alone`() async throws {
    let (here, there) = MemoryTransport.pair(limit: 2)
    try await here.send(.text("much too long"))
    #expect(try await there.receive() == .text("much too long"))
  }

  @Test func `closing is seen at both ends, after what was sent before`() async throws {
    let (here, there) = MemoryTransport.pair()
    try await here.send(.text("last"))
    try await there.send(.text("dropped"))
    await here.close(code: 1012, reason: "restart")
    await there.close(code: 1000, reason: "")
    #expect(here.closure == WebSocket.Close(code: 1012, reason: "restart"))
    #expect(there.closure == here.closure)
    #expect(try await here.receive() == nil)
    await #expect(throws: WebSocketError(.closed(here.closure))) { try await there.send(.text("x")) }
  }

  @Test func `what was sent before the other end closed is still received`() async throws {
    let (here, there) = MemoryTransport.pair()
    try await here.send(.text("last"))
    await here.close(code: 1000, reason: "")
    #expect(try await there.receive() == .text("last"))
    #expect(try await there.receive() == nil)
  }

  @Test func `a cut line loses what is on its way`() async throws {
    let (here, there) = MemoryTransport.pair()
    async let waiting = here.receive()
    try await here.send(.text("lost"))
    here.vanish()
    #expect(try await there.receive() == nil)
    #expect(try await waiting == nil)
    #expect(there.closure?.code == 1006)
  }

  @Test func `closing frees a sender that waits`() async throws {
    let (here, there) = MemoryTransport.pair(limit: 1)
    try await here.send(.text("1"))
    let second = Task { try await here.send(.text("2")) }
    await there.close(code: 1001, reason: "")
    await #expect(throws: WebSocketError.self) { try await second.value }
  }

  @Test func `a cancelled reader loses no message`() async throws {
    let (here, there) = MemoryTransport.pair()
    let reader = Task { try await there.receive() }
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    try await here.send(.text("kept"))
    #expect(try await there.receive() == .text("kept"))
  }
}
