import HTTPTypes
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BodyTests {
  @Test func `a body in memory is one buffer, then its end, again and again`() async throws {
    let body = Body(ByteBuffer(string: "abc"), trailers: [.mark: "1"])
    #expect(body.length == 3)
    #expect(body.unreadMemory == ByteBuffer(string: "abc"))
    #expect(body.trailers == nil)
    #expect(try await body.next() == ByteBuffer(string: "abc"))
    #expect(body.unreadMemory == nil)
    #expect(!body.isEnded)
    #expect(try await body.next() == nil)
    #expect(body.isEnded)
    #expect(body.trailers == [.mark: "1"])
    #expect(try await body.next() == nil)
  }

  @Test func `an empty body gives no buffer`() async throws {
    #expect(try await Body().next() == nil)
    #expect(Body().length == 0)
  }

  @Test func `empty buffers of a source are passed over`() async throws {
    let body = ScriptedBody(["", "a", "", "b", ""]).body()
    #expect(body.length == nil)
    #expect(body.unreadMemory == nil)
    #expect(try await body.next() == ByteBuffer(string: "a"))
    #expect(try await body.next() == ByteBuffer(string: "b"))
    #expect(try await body.next() == nil)
    #expect(body.isEnded)
  }

  @Test func `a source is not asked again after its end`() async throws {
    let source = ScriptedBody(["a"])
    let body = source.body()
    while try await body.next() != nil {}
    _ = try await body.next()
    #expect(source.reads == 2)
  }

  @Test func `what a source throws is thrown again, and it is not asked again`() async throws {
    let source = ScriptedBody([], then: .failure(Broken()))
    let body = source.body()
    for _ in 1...2 { await #expect(throws: Broken()) { try await body.next() } }
    #expect(source.reads == 1)
    await body.close()
    #expect(source.closes == 0)
  }

  @Test func `a second reader at the same time is refused, and the first goes on`() async throws {
    let source = ScriptedBody([], then: .stall)
    let body = source.body()
    let first = Task { try await body.next() }
    await source.stalled()
    await #expect(throws: BodyError.readTwiceAtOnce) { try await body.next() }
    await body.close()
    await #expect(throws: BodyError.closed) { try await first.value }
  }

  @Test func `a closed body cannot be read, and its source is closed once`() async throws {
    let source = ScriptedBody(["a"])
    let body = source.body()
    await body.close()
    await body.close()
    #expect(source.closes == 1)
    await #expect(throws: BodyError.closed) { try await body.next() }
    let memory = Body("abc")
    await memory.close()
    await #expect(throws: BodyError.closed) { try await memory.next() }
  }

  @Test func `closing after the end is harmless`() async throws {
    let source = ScriptedBody(["a"], then: .end(trailers: [.mark: "1"]))
    let body = source.body()
    #expect(try await body.collect(upTo: 1) == ByteBuffer(string: "a"))
    await body.close()
    #expect(source.closes == 0)
    #expect(body.trailers == [.mark: "1"])
  }

  @Test(arguments: [(3, true), (2, false)])
  func `collect takes so many octets and no more`(_ limit: Int, _ fits: Bool) async throws {
    let source = ScriptedBody(["a", "bc"])
    let body = source.body()
    if fits {
      #expect(try await body.collect(upTo: limit) == ByteBuffer(string: "abc"))
    } else {
      await #expect(throws: BodyError.tooLarge(limit: limit)) { try await body.collect(upTo: limit) }
    }
    #expect(source.isClosed == !fits)
  }

  @Test func `a body that is known to be too large is not read at all`() async throws {
    let source = ScriptedBody(["abc"])
    let body = source.body(length: 3)
    await #expect(throws: BodyError.tooLarge(limit: 2)) { try await body.collect(upTo: 2) }
    #expect(source.reads == 0)
    #expect(source.isClosed)
  }

  @Test func `a mapped body changes each buffer, keeps the trailers, and closes what it wraps`() async throws {
    let source = ScriptedBody(["a", "drop", "b"], then: .end(trailers: [.mark: "1"]))
    let body = source.body().map { $0 == ByteBuffer(string: "drop") ? ByteBuffer() : $0 }
    #expect(try await body.collect(upTo: 10) == ByteBuffer(string: "ab"))
    #expect(body.trailers == [.mark: "1"])
    let unread = ScriptedBody(["a"])
    await unread.body().map { $0 }.close()
    #expect(unread.closes == 1)
  }

  @Test func `a mapped body whose change throws fails`() async throws {
    let body = Body("abc").map { _ in throw Broken() }
    await #expect(throws: Broken()) { try await body.next() }
  }
}
