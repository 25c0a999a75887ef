import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import Testing

@testable import Tunnel

@Suite(.timeLimit(.minutes(1))) struct Protocol1LineTests {
  let channel = RecordingChannel()
  let counters = TunnelCounters()
  let outcomes = Outcomes()

  private func line(
    _ settings: Protocol1Settings = Protocol1Settings(), channel: (any Protocol1Channel)? = nil,
    _ answer: @escaping @Sendable (Request) async throws -> Response
  ) throws -> Protocol1Line {
    Protocol1Line(
      channel: channel ?? self.channel, pipeline: LivePipeline(try pipeline(outcomes, answer)), settings: settings,
      counters: counters,
      logger: quiet)
  }

  /// The one answer to one request.
  private func answer(
    _ settings: Protocol1Settings = Protocol1Settings(), to request: JSONValue = proxyRequest(),
    _ answer: @escaping @Sendable (Request) async throws -> Response
  ) async throws -> JSONValue {
    let line = try line(settings, answer)
    await line.receive(event: "proxy_req", payload: request)
    await line.drain()
    #expect(channel.payloads.count == 1)
    return try #require(channel.payloads.first)
  }

  @Test func `a request becomes an exchange, and its answer a proxy_res`() async throws {
    let payload = try await answer(to: proxyRequest(["path": .value("/a"), "query_string": .value("b")])) { request in
      Response(status: .created, fields: [.contentType: "text/plain"], body: Body("saw \(request.target)"))
    }
    #expect(
      payload == [
        "request_id": "r1", "status": 201, "headers": ["content-type": "text/plain"], "body": "saw /a?b",
        "chunked": false,
      ])
    #expect(outcomes.all.map(\.kind) == [.delivered])
    #expect(counters.values.delivered == 1)
  }

  /// A channel whose pushes wait at a gate when they refuse something.
  private final class Narrow: Protocol1Channel {
    let inner: RecordingChannel
    let gate = Gate()
    init(_ inner: RecordingChannel) { self.inner = inner }

    func push(_ event: String, _ payload: JSONValue) async throws {
      if try JSONValue(parsing: payload.text).status == 400 { try await gate.enter() }
      try await inner.push(event, payload)
    }
  }

  @Test func `a refusal that cannot leave holds up no request behind it`() async throws {
    let narrow = Narrow(channel)
    let line = try line(channel: narrow) { _ in Response(text: "x") }
    for number in 1..<SideAnswers.limit {
      await line.receive(event: "proxy_req", payload: proxyRequest(["method": .missing], id: "bad-\(number)"))
    }
    await narrow.gate.waiting(SideAnswers.limit - 1)
    await line.receive(event: "proxy_req", payload: proxyRequest(id: "good"))
    #expect(await channel.payloads(1).map(\.id) == ["good"])
    narrow.gate.open()
    await line.drain()
    #expect(channel.payloads.count == SideAnswers.limit)
  }

  @Test func `too many refusals that cannot leave hold up the line`() async throws {
    let narrow = Narrow(channel)
    let line = try line(channel: narrow) { _ in Response(text: "x") }
    for number in 1...SideAnswers.limit {
      await line.receive(event: "proxy_req", payload: proxyRequest(["method": .missing], id: "bad-\(number)"))
    }
    async let next: Void = line.receive(event: "proxy_req", payload: proxyRequest(id: "good"))
    await narrow.gate.waiting(SideAnswers.limit)
    #expect(channel.payloads.isEmpty)
    narrow.gate.open()
    await next
    await line.drain()
    #expect(channel.payloads.count == SideAnswers.limit + 1)
  }

  @Test func `an answer in many small parts is held in fewer`() async throws {
    let sink = Protocol1Sink(
      requestID: "r1", settings: Protocol1Settings(), line: channel, counters: counters, logger: quiet)
    let octet = ByteBuffer(string: "a")
    for _ in 0..<100_000 { try sink.write(octet) }
    try await sink.end(nil)
    let payload = try #require(channel.payloads.first)
    #expect((payload["chunks"]?.arrayValue?.count ?? 0) <= 1100)
    #expect(payload.wholeBody.utf8.count == 100_000)
  }

  @Test func `an answer of exactly the limit passes`() async throws {
    let source = ScriptedBody(["1234", "5678"])
    let payload = try await answer(Protocol1Settings(maxResponseSize: 8)) { _ in Response(body: source.body()) }
    #expect(payload.status == 200)
    #expect(payload["chunks"] == ["1234", "5678"])
    #expect(!source.isClosed)
  }

  @Test func `one octet over the limit is a 502, and the backend is cut off`() async throws {
    let source = ScriptedBody(["1234", "5678", "9"], then: .stall)
    let payload = try await answer(Protocol1Settings(maxResponseSize: 8)) { _ in Response(body: source.body()) }
    #expect(payload.status == 502)
    #expect(payload.wholeBody.contains("response-too-large"))
    #expect(payload.wholeBody.contains("MAX_RESPONSE_SIZE"))
    #expect(source.isClosed)
    #expect(outcomes.all.map(\.kind) == [.failed])
  }

  @Test func `a body that is no text is a 502 that names protocol 2`() async throws {
    let payload = try await answer { _ in Response(body: Body(ByteBuffer(bytes: [0x61, 0xFF]))) }
    #expect(payload.status == 502)
    #expect(payload.wholeBody.contains("protocol 2"))
    #expect(payload.headers["content-type"] == "application/problem+json")
    #expect(outcomes.all.map(\.code) == ["response-not-utf8"])
  }

  @Test func `granted base64 carries all 256 octets both ways`() async throws {
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    let encoded = try #require(BodyEncoding.base64.text(of: octets))
    let request = proxyRequest(["body": .value(.string(encoded)), "body_encoding": .value("base64")])
    let payload = try await answer(Protocol1Settings(bodyEncoding: .base64), to: request) { Response(body: $0.body) }
    #expect(payload["body_encoding"] == "base64")
    #expect(try ProxyResponse(payload).body == octets)
  }

  @Test func `what protocol 1 leaves out is counted`() async throws {
    var fields: HTTPFields = [:]
    for value in ["a=1", "b=2", "c=3"] { fields.append(HTTPField(name: .setCookie, value: value)) }
    fields.append(HTTPField(name: .server, value: [0xE9] as [UInt8]))
    let answered = fields
    let payload = try await answer { _ in Response(fields: answered) }
    #expect(payload.headers == ["set-cookie": "a=1"])
    #expect(counters.values.cookiesLeftOut == 2)
    #expect(counters.values.fieldsLeftOut == 1)
  }

  @Test func `a bad request with an id is answered 400, and no stage sees it`() async throws {
    let payload = try await answer(to: proxyRequest(["headers": .value(["x": "a\r\nb"])])) { _ in
      Issue.record("the backend was asked")
      return Response()
    }
    #expect(payload.status == 400)
    #expect(payload.wholeBody.contains("headers.x"))
    #expect(payload.id == "r1")
    #expect(outcomes.all.isEmpty)
  }

  @Test func `a bad request without an id is counted, and so is an unknown event`() async throws {
    let line = try line { _ in Response() }
    await line.receive(event: "proxy_req", payload: ["method": "GET", "path": "/"])
    await line.receive(event: "proxy_req", payload: 1)
    await line.receive(event: "phx_other", payload: proxyRequest())
    await line.receive(
      PhoenixMessage(topic: "t", event: "proxy_req", payload: .binary(ByteBuffer(string: "{}"))))
    await line.drain()
    #expect(channel.payloads.isEmpty)
    #expect(counters.values.malformed == 3)
    #expect(counters.values.unknownEvents == 1)
    #expect(counters.values.exchanges == 0)
  }

  @Test func `past the most at once the answer is 503, and comes at once`() async throws {
    let gate = Gate()
    let line = try line(Protocol1Settings(maxConcurrent: 2)) { _ in
      try await gate.enter()
      return Response()
    }
    for id in ["a", "b", "c"] { await line.receive(event: "proxy_req", payload: proxyRequest(id: id)) }
    let turnedAway = try #require(await channel.payloads(1).first)
    #expect(turnedAway.id == "c")
    #expect(turnedAway.status == 503)
    #expect(turnedAway.headers["retry-after"] == "1")
    #expect(line.inFlight == 2)
    gate.open()
    _ = await channel.payloads(3)
    await line.drain()
    #expect(Set(channel.payloads.compactMap(\.id)) == ["a", "b", "c"])
    #expect(counters.values.turnedAway == 1)
    #expect(counters.values.delivered == 2)
  }

  @Test func `64 exchanges at once are not mixed up`() async throws {
    let gate = Gate()
    let line = try line { request in
      try await gate.enter()
      return Response(fields: [.eTag: request.target], body: Body(try await request.body.collect(upTo: 100)))
    }
    for number in 0..<64 {
      await line.receive(
        event: "proxy_req",
        payload: proxyRequest(
          ["path": .value(.string("/\(number)")), "body": .value(.string("body \(number)"))], id: "id \(number)"))
    }
    await gate.waiting(64)
    #expect(line.inFlight == 64)
    gate.open()
    let payloads = await channel.payloads(64)
    await line.drain()
    #expect(channel.payloads.count == 64)
    #expect(Set(payloads.compactMap(\.id)).count == 64)
    for payload in payloads {
      let number = payload.id?.dropFirst(3) ?? "none"
      #expect(payload.headers["etag"] == .string("/\(number)"))
      #expect(payload["body"] == .string("body \(number)"))
    }
  }

  @Test func `a drain lets what runs end and takes nothing new`() async throws {
    let gate = Gate()
    let line = try line { _ in
      try await gate.enter()
      return Response(text: "ended")
    }
    await line.receive(event: "proxy_req", payload: proxyRequest(id: "first"))
    await gate.waiting(1)
    line.beginDraining()
    await line.receive(event: "proxy_req", payload: proxyRequest(id: "late"))
    #expect(channel.payloads.map(\.id) == ["late"])
    #expect(channel.payloads.map(\.status) == [503])
    #expect(line.inFlight == 1)
    gate.open()
    await line.drain()
    #expect(line.inFlight == 0)
    #expect(channel.payloads.map(\.id) == ["late", "first"])
    #expect(channel.payloads.last?.wholeBody == "ended")
  }

  @Test func `a lost line cancels what runs, and answers nothing`() async throws {
    let gate = Gate()
    let line = try line { _ in
      try await gate.enter()
      return Response()
    }
    for id in ["a", "b", "c"] { await line.receive(event: "proxy_req", payload: proxyRequest(id: id)) }
    await gate.waiting(3)
    await line.abandon()
    #expect(line.inFlight == 0)
    #expect(channel.payloads.isEmpty)
    #expect(outcomes.all.map(\.kind) == [.abandoned, .abandoned, .abandoned])
    #expect(counters.values.abandoned == 3)
  }

  @Test func `a push that fails makes the exchange abandoned`() async throws {
    channel.refusePushes()
    let line = try line { _ in Response(text: "x") }
    await line.receive(event: "proxy_req", payload: proxyRequest())
    await line.drain()
    #expect(outcomes.all.map(\.kind) == [.abandoned])
  }

  struct Odd: Error {}

  @Test(arguments: [
    ("a body that breaks off", Odd() as any Error, Int64(500)),
    ("a cancellation that nobody asked for", CancellationError(), 500),
    ("a failure with its own status", Failure(status: .gatewayTimeout, code: "late", "Late."), 504),
    ("a failure with a status of the client", Failure(status: .badRequest, code: "odd", "Odd."), 502),
  ])
  func `an answer that breaks off is answered once`(_ name: String, _ error: any Error, _ status: Int64) async throws {
    let payload = try await answer { _ in Response(body: ScriptedBody(["begun"], then: .failure(error)).body()) }
    #expect(payload.status == status)
    #expect(!payload.wholeBody.contains("begun"))
    let details = try JSONValue(parsing: payload.wholeBody)
    #expect(details["status"] == .integer(status))
    #expect(outcomes.all.map(\.kind) == [.failed])
  }

  @Test func `a refusal of a stage is an answer like any other`() async throws {
    let payload = try await answer { _ in
      throw Refusal(status: .tooManyRequests, code: "slow-down", "Slow down.", fields: [.retryAfter: "3"])
    }
    #expect(payload.status == 429)
    #expect(payload.headers["retry-after"] == "3")
    #expect(outcomes.all.map(\.kind) == [.refused])
    #expect(counters.values.refused == 1)
  }

  @Test func `more headers than a request can have are refused`() async throws {
    let headers = (0...1024).map { ("x-\($0)", JSONValue.string("")) }
    let many = JSONValue.object(Dictionary(uniqueKeysWithValues: headers))
    let payload = try await answer(to: proxyRequest(["headers": .value(many)])) { _ in Response() }
    #expect(payload.status == 400)
    #expect(payload.wholeBody.contains("1024"))
  }
}
