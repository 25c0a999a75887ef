import HTTPTypes
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

/// Bodies are pulled, and the runner closes what was not read to its end.
@Suite(.timeLimit(.minutes(1)))
struct BodyCareTests {
  @Test func `a body is pulled as fast as the sink takes it`() async throws {
    let source = ScriptedBody(["a", "b", "c"])
    let sink = RecordingSink(holdsWrites: true)
    let line = try Line(.backend { _ in Response(body: source.body()) })
    async let result = line.send(Request(), into: sink)
    await sink.heldWrites()
    #expect(source.reads == 1)
    sink.release(1)
    await sink.heldWrites()
    #expect(source.reads == 2)
    #expect(sink.recording.text == "a")
    sink.release()
    #expect(await result.recording.text == "abc")
    #expect(source.reads == 4)
    #expect(!source.isClosed)
  }

  @Test func `a response stage sees the head before anything of the body is read`() async throws {
    let source = ScriptedBody(["a"])
    let line = try Line(
      .backend { _ in Response(body: source.body()) },
      .response("look") { _, _ in #expect(source.reads == 0) })
    #expect(await line.send().recording.text == "a")
  }

  @Test func `trailers come at the end, in both directions`() async throws {
    let upload = ScriptedBody(["up"], then: .end(trailers: [.mark: "request"]))
    let line = try Line(
      .backend { exchange in
        _ = try await exchange.request.body.collect(upTo: 10)
        let trailers = exchange.request.body.trailers
        return Response(body: ScriptedBody(["down"], then: .end(trailers: trailers)).body())
      })
    let result = await line.send(Request(method: .post, body: upload.body()))
    #expect(result.recording.trailers == [.mark: "request"])
  }

  @Test func `a request body that nobody read is closed`() async throws {
    let source = ScriptedBody(["a", "b"])
    let line = try Line(.request("refuse") { _ in throw Refusal.teapot })
    _ = await line.send(Request(method: .post, body: source.body()))
    #expect(source.reads == 0)
    #expect(source.closes == 1)
  }

  @Test func `a request body that was read in part is closed`() async throws {
    let source = ScriptedBody(["a", "b"])
    let line = try Line(
      .backend { exchange in
        _ = try await exchange.request.body.next()
        return Response()
      })
    _ = await line.send(Request(method: .post, body: source.body()))
    #expect(source.reads == 1)
    #expect(source.closes == 1)
  }

  @Test func `a response body that the emitter does not want is closed`() async throws {
    let source = ScriptedBody(["a", "b"])
    let line = try Line(
      .backend { _ in Response(body: source.body()) },
      .emit { response, _, sink in
        try await sink.head(response.status, response.fields)
        try await sink.end(nil)
      })
    #expect(await line.send().outcome.kind == .delivered)
    #expect(source.closes == 1)
  }

  @Test func `a body that a stage replaced is closed`() async throws {
    let first = ScriptedBody(["first"])
    let second = ScriptedBody(["second"])
    let line = try Line(
      .backend { _ in Response(body: first.body()) },
      .response("replace") { response, _ in response.body = second.body() })
    #expect(await line.send().recording.text == "second")
    #expect(first.closes == 1)
    #expect(!second.isClosed)
  }

  @Test func `a body that a failing response stage put in place is closed`() async throws {
    let first = ScriptedBody(["first"])
    let second = ScriptedBody(["second"])
    let line = try Line(
      .backend { _ in Response(body: first.body()) },
      .response("replace") { response, _ in
        response.body = second.body()
        throw Broken()
      })
    #expect(await line.send().outcome.kind == .failed)
    #expect(first.closes == 1)
    #expect(second.closes == 1)
  }

  @Test(arguments: [true, false])
  func `bodies that the request and backend tracks replaced are closed`(_ answers: Bool) async throws {
    let bodies = [ScriptedBody(["a"]), ScriptedBody(["b"]), ScriptedBody(["c"])]
    let line = try Line(
      .request("replace") { exchange in
        exchange.request.body = bodies[1].body()
        return .proceed
      },
      .backend { exchange in
        exchange.request.body = bodies[2].body()
        if answers { return Response() }
        throw Broken()
      })
    _ = await line.send(Request(method: .post, body: bodies[0].body()))
    #expect(bodies.map(\.closes) == [1, 1, 1])
  }

  @Test func `a wrapped body is read through its wrapper, and closed through it`() async throws {
    let read = ScriptedBody(["a", "b"])
    let unread = ScriptedBody(["a", "b"])
    let line = try Line(
      .backend { exchange in Response(body: exchange.request.method == .head ? unread.body() : read.body()) },
      .response("wrap") { response, _ in
        response.body = response.body.map { ByteBuffer(string: String(buffer: $0).uppercased()) }
      },
      .emit { response, exchange, sink in
        if exchange.request.method != .head { return try await Write.plainly(response, exchange, sink) }
        try await sink.head(response.status, response.fields)
        try await sink.end(nil)
      })
    #expect(await line.send().recording.text == "AB")
    #expect(!read.isClosed)
    #expect(await line.send(Request(method: .head)).recording.text == "")
    #expect(unread.closes == 1)
  }

  @Test func `the answer that a hook threw away is closed`() async throws {
    let source = ScriptedBody(["a"])
    let line = try Line(
      .request("hook") { exchange in
        exchange.onResponse { response, _ in response = Response(text: "other") }
        return .proceed
      },
      .backend { _ in Response(body: source.body()) })
    #expect(await line.send().recording.text == "other")
    #expect(source.closes == 1)
  }
}
