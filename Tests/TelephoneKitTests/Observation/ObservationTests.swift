import HTTPTypes
import Logging
import NIOCore
import Synchronization
import TelephoneTesting
import Testing

@testable import TelephoneKit

/// Keeps what it is told.
private final class Records: ExchangeObserver {
  private let state = Mutex<(begins: Int, all: [ExchangeRecord])>((0, []))

  var begins: Int { state.withLock { $0.begins } }
  var all: [ExchangeRecord] { state.withLock { $0.all } }

  func began() { state.withLock { $0.begins += 1 } }
  func ended(_ record: ExchangeRecord) { state.withLock { $0.all.append(record) } }
}

@Suite struct ObservationTests {
  private let records = Records()

  private func send(
    _ line: Line, _ request: Request = Request(), into sink: any Sink = RecordingSink(), protocolVersion: Int? = nil
  ) async throws -> ExchangeRecord {
    let watch = ExchangeWatch([records], generator: Counting())
    let before = records.all.count
    _ = await LivePipeline(line.pipeline).run(
      request, id: "r", into: sink, watch: watch, protocolVersion: protocolVersion)
    try #require(records.all.count == before + 1)
    #expect(records.begins == records.all.count)
    return records.all[before]
  }

  @Test func `a delivered exchange is told of with all that is known`() async throws {
    let clock = Mutex<ManualClock?>(nil)
    let line = try Line(
      .request("ask") { _ in
        clock.withLock { $0 }?.advance(by: .milliseconds(5))
        return .proceed
      },
      .backend { exchange in
        _ = try await exchange.request.body.collect(upTo: 100)
        clock.withLock { $0 }?.advance(by: .milliseconds(20))
        return Response(status: .created, text: "answer")
      },
      .finally("end") { _, _ in clock.withLock { $0 }?.advance(by: .seconds(9)) })
    clock.withLock { $0 = line.clock }
    let request = Request(method: .post, target: "/a/b?token=x", body: Body("hello there"))
    let record = try await send(line, request, protocolVersion: 2)
    #expect(record.id == "r")
    #expect(record.method == "POST")
    #expect(record.path == "/a/b")
    #expect(record.status == 201)
    #expect(record.outcome == .delivered)
    #expect(record.decidedBy == "backend")
    #expect(record.requestOctets == 11)
    #expect(record.responseOctets == 6)
    #expect(record.duration == .milliseconds(25))
    #expect(record.backendDuration == .milliseconds(20))
    #expect(record.traceID == "00000000000000010000000000000002")
    #expect(record.protocolVersion == 2)
    #expect(!record.isWebSocket)
  }

  @Test func `each way to end is told of once, after the finally stages`() async throws {
    let diary = Diary()
    func line(_ work: @escaping Serve.Work) throws -> Line {
      try Line(.backend("backend", work), .finally("end") { _, outcome in diary.note("finally \(outcome.kind)") })
    }
    let refused = try await send(try line { _ in throw Refusal.teapot })
    #expect(refused.outcome == .refused)
    #expect(refused.status == 418)
    #expect(refused.decidedBy == "backend")
    #expect(refused.backendDuration == nil)
    let failed = try await send(try line { _ in throw Broken() })
    #expect(failed.outcome == .failed)
    #expect(failed.status == 500)
    let gone = try await send(try line { _ in Response(text: "x") }, into: RecordingSink(failing: .atHead))
    #expect(gone.outcome == .abandoned)
    #expect(gone.decidedBy == nil)
    #expect(diary.notes == ["finally refused", "finally failed", "finally abandoned"])
  }

  @Test func `the octets of the request are those that came, whatever stages make of the body`() async throws {
    let line = try Line(
      .request("double") { exchange in
        exchange.request.body = exchange.request.body.map { chunk in
          var doubled = chunk
          doubled.writeImmutableBuffer(chunk)
          return doubled
        }
        return .proceed
      },
      .backend { exchange in Response(body: Body(try await exchange.request.body.collect(upTo: 100))) })
    let parts = ["one", "two", "three"].map { ByteBuffer(string: $0) }
    let record = try await send(line, Request(body: Body(source: Parts(parts))))
    #expect(record.requestOctets == 11)
    #expect(record.responseOctets == 22)
    let unread = try await send(try Line(.backend { _ in Response() }), Request(body: Body("not read")))
    #expect(unread.requestOctets == 0)
  }

  @Test func `the trace goes to the backend, to stages and to their logs`() async throws {
    let made = "00-00000000000000010000000000000002-0000000000000003-01"
    for (given, seen) in [(TraceContextTests.good, TraceContextTests.good), ("bad", made), (nil, made)] {
      let line = try Line(
        [
          .request("reads") { exchange in
            // The fields of the client, no others: who counts them counts right.
            #expect(exchange.request.fields[.traceparent] == given)
            #expect(exchange.traceID == String(seen.dropFirst(3).prefix(32)))
            return .proceed
          },
          .backend { exchange in
            #expect(exchange.request.fields[values: .traceparent] == [seen])
            #expect(exchange.traceID == String(seen.dropFirst(3).prefix(32)))
            #expect(exchange.logger[metadataKey: "trace_id"] == .string(exchange.traceID ?? ""))
            return Response()
          },
        ], logger: Logger(label: "test", factory: StreamLogHandler.standardError(label:)))
      let record = try await send(line, Request(fields: given.map { [.traceparent: $0] } ?? [:]))
      #expect(record.outcome == .delivered)
      #expect(record.traceID == String(seen.dropFirst(3).prefix(32)))
    }
  }

  @Test func `without an observer the request stays as it came`() async throws {
    let line = try Line(
      .backend { exchange in
        #expect(exchange.request.fields == [.traceparent: "bad"])
        #expect(exchange.traceID == nil)
        #expect(exchange.logger[metadataKey: "trace_id"] == nil)
        return Response()
      })
    #expect(await line.send(Request(fields: [.traceparent: "bad"])).outcome.kind == .delivered)
  }

  @Test func `a path is shown without its secrets, and cut after that`() async throws {
    var redaction = Redaction()
    redaction.hide(secret: "swordfish")
    let line = try Line([.backend { _ in Response() }], redaction: redaction)
    let target = "/" + String(repeating: "é", count: 123) + "swordfish" + String(repeating: "z", count: 100) + "?q=1"
    let path = try await send(line, Request(target: target)).path
    #expect(path.utf8.count <= ExchangeRecord.longestPath)
    #expect(!path.contains("sword"))
    #expect(path == "/" + String(repeating: "é", count: 123) + "‹secret")
    #expect("aéb".cut(toOctets: 2) == "a")
    #expect("aéb".cut(toOctets: 3) == "aé")
    #expect("aéb".cut(toOctets: 4) == "aéb")
  }

  @Test func `a WebSocket is told of when it is over, with the octets of its messages`() async throws {
    let client = WebSocketPair()
    let backend = WebSocketPair()
    let line = try Line(
      .backend { _ in Response(status: .switchingProtocols, webSocket: backend.inner) })
    async let record = send(
      line, Request(asksForWebSocket: true), into: RecordingSink(webSocket: client.inner))
    try await client.outer.send(.data(.text, ByteBuffer(string: "hello"), isFinal: true))
    _ = try await backend.outer.receive()
    try await backend.outer.send(.data(.text, ByteBuffer(string: "hi"), isFinal: true))
    _ = try await client.outer.receive()
    try await client.outer.send(.close(code: 1000, reason: "bye"))
    _ = try await backend.outer.receive()
    try await backend.outer.send(.close(code: 1000, reason: "bye"))
    let told = try await record
    #expect(told.isWebSocket)
    #expect(told.status == 101)
    #expect(told.requestOctets == 5)
    #expect(told.responseOctets == 2)
  }
}

/// A body of parts.
private final class Parts: BodySource {
  private let rest: Mutex<[ByteBuffer]>
  init(_ parts: [ByteBuffer]) { rest = Mutex(parts) }
  func read() async throws -> BodyPart {
    rest.withLock { $0.isEmpty ? .end(trailers: nil) : .bytes($0.removeFirst()) }
  }
}
