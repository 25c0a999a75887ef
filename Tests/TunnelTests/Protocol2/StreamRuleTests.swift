import HTTPTypes
import NIOCore
import TelephoneKit
import Testing

@testable import Tunnel

/// The rules under 'Ids and ends', for both roles.
@Suite struct StreamRuleTests {
  enum End: Sendable, Equatable {
    case line(LineFault.Kind)
    case reset(ResetCode)
    case nothing
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var role: LineRole
    var request = RequestHeadFrame.plain
    var upgrade = false
    var before: [Frame] = []
    var bad: Frame
    var end: End
    var testDescription: String { "\(name) (\(role))" }

    init(
      _ name: String, _ role: LineRole, request: RequestHeadFrame = .plain, upgrade: Bool = false,
      before: [Frame] = [], _ bad: Frame, _ end: End
    ) {
      (self.name, self.role, self.request, self.upgrade) = (name, role, request, upgrade)
      (self.before, self.bad, self.end) = (before, bad, end)
    }
  }

  static let headRequest = RequestHeadFrame(method: .head)
  static let five = RequestHeadFrame(method: .post, fields: [.contentLength: "5"])
  static let big = String(repeating: "x", count: 65_526)

  static let cases: [Case] = [
    // Ids.
    Case("a reused id", .telephone, .request(2), .line(.idNotAbove)),
    Case("an id that is open", .telephone, .request(1), .line(.idNotAbove)),
    Case("DATA for an id that was never opened", .telephone, .data("x", 3), .line(.neverOpened)),
    Case("RESET for an id that was never opened", .telephone, .reset(0, 9), .line(.neverOpened)),
    Case("DATA for an id that was never opened", .gateway, .data("x", 3), .line(.neverOpened)),
    Case("CREDIT for an id that was never opened", .gateway, .credit(1, 3), .line(.neverOpened)),
    Case("a request for an id that was never opened", .gateway, .request(3), .line(.neverOpened)),
    Case("DATA on stream 0", .telephone, .data("x", 0), .line(.streamZero)),
    Case("DATA on stream 0", .gateway, .data("x", 0), .line(.streamZero)),
    Case("DRAIN on a stream", .telephone, .raw(0x0A), .line(.drainOnStream)),
    Case("a kind above 0x1F", .gateway, .raw(0x20), .line(.unknownKind)),
    Case("a frame for a stream that ended", .telephone, before: [.reset(0)], .data("x"), .nothing),
    Case("CREDIT for a stream that ended", .telephone, before: [.reset(0)], .credit(.max), .nothing),
    Case("a head for a stream that ended", .gateway, before: [.reset(1)], .head(200), .nothing),
    // Kinds.
    Case("a reserved kind", .telephone, .raw(0x0B), .reset(.unknownKind)),
    Case("the last reserved kind", .gateway, .raw(0x1F), .reset(.unknownKind)),
    Case("kind 0", .telephone, .raw(0), .reset(.unknownKind)),
    Case("a response head", .telephone, .head(200), .reset(.malformed)),
    Case("an interim head", .telephone, .interim(103), .reset(.malformed)),
    Case("a request head", .gateway, .request(1), .reset(.malformed)),
    // Ends.
    Case("DATA after END", .telephone, before: [.data("x", end: true)], .data("y"), .reset(.malformed)),
    Case("END after END", .telephone, before: [.data("", end: true)], .data("", end: true), .reset(.malformed)),
    Case("TRAILERS after END", .telephone, before: [.data("x", end: true)], .trailers([:]), .reset(.malformed)),
    Case("TRAILERS after TRAILERS", .telephone, before: [.trailers([:])], .trailers([:]), .reset(.malformed)),
    Case("DATA after END", .gateway, before: [.head(200, 1, [:], .end)], .data("y"), .reset(.malformed)),
    Case("a head after END", .gateway, before: [.head(200, 1, [:], .end)], .head(200), .reset(.malformed)),
    Case("DATA after TRAILERS", .gateway, before: [.head(200), .trailers([:])], .data("y"), .reset(.malformed)),
    Case("an empty DATA without END", .telephone, .data(""), .reset(.malformed)),
    Case("an empty DATA without END", .gateway, before: [.head(200)], .data(""), .reset(.malformed)),
    // Heads.
    Case("a second head", .gateway, before: [.head(200)], .head(200), .reset(.malformed)),
    Case("DATA before the head", .gateway, .data("x"), .reset(.malformed)),
    Case("TRAILERS before the head", .gateway, .trailers([:]), .reset(.malformed)),
    Case("an interim head after the head", .gateway, before: [.head(200)], .interim(103), .reset(.malformed)),
    Case("an interim head with 101", .gateway, .interim(101), .reset(.malformed)),
    Case("an interim head with 200", .gateway, .interim(200), .reset(.malformed)),
    Case("a head with 100", .gateway, .head(100), .reset(.malformed)),
    Case("a head with status 99", .gateway, .head(99), .reset(.malformed)),
    Case("a head with status 1000", .gateway, .head(1000), .reset(.malformed)),
    Case("a head without a status", .gateway, .raw(2, 1, [0]), .reset(.malformed)),
    Case(
      "a head with CR in a field", .gateway,
      .raw(2, 1, [0, 200, 0, 1, 0, 1, 0x61, 0, 0, 0, 1, 0x0D]), .reset(.malformed)),
    Case("a head whose fields lie", .gateway, .raw(2, 1, [0, 200, 0, 9]), .reset(.malformed)),
    Case(
      "trailers with LF in a name", .telephone,
      .raw(4, 1, [0, 1, 0, 2, 0x61, 0x0A, 0, 0, 0, 0]), .reset(.malformed)),
    Case("trailers that lie", .gateway, before: [.head(200)], .raw(4, 1, [0, 1, 0, 9]), .reset(.malformed)),
    // Lengths.
    Case("more than Content-Length", .telephone, request: five, .data("123456"), .reset(.malformed)),
    Case("less than Content-Length", .telephone, request: five, .data("1234", end: true), .reset(.malformed)),
    Case(
      "trailers before Content-Length", .telephone, request: five, before: [.data("1")], .trailers([:]),
      .reset(.malformed)),
    Case(
      "more than Content-Length", .gateway, before: [.head(200, 1, [.contentLength: "2"])], .data("123"),
      .reset(.malformed)),
    Case(
      "less than Content-Length", .gateway, before: [.head(200, 1, [.contentLength: "2"])],
      .data("1", end: true), .reset(.malformed)),
    Case("a head with a length and END", .gateway, .head(200, 1, [.contentLength: "2"], .end), .reset(.malformed)),
    Case("a length that is no number", .gateway, .head(200, 1, [.contentLength: "two"]), .reset(.malformed)),
    Case(
      "content in the answer to HEAD", .gateway, request: headRequest, before: [.head(200)], .data("x"),
      .reset(.malformed)),
    Case("a list of lengths", .gateway, .head(200, 1, [.contentLength: "2, 2"]), .reset(.malformed)),
    Case("content with 204", .gateway, before: [.head(204)], .data("x"), .reset(.malformed)),
    Case("content with 304", .gateway, before: [.head(304, 1, [.contentLength: "1"])], .data("x"), .reset(.malformed)),
    // WebSockets.
    Case("101 without UPGRADE", .gateway, .head(101), .reset(.malformed)),
    Case("101 with END", .gateway, upgrade: true, .head(101, 1, [:], .end), .reset(.malformed)),
    Case("MESSAGE without 101", .telephone, upgrade: true, .message(1, "x"), .reset(.malformed)),
    Case("MESSAGE without UPGRADE", .telephone, .message(1, "x"), .reset(.malformed)),
    Case("CLOSE without 101", .telephone, .close(1000), .reset(.malformed)),
    Case(
      "MESSAGE after a refusal", .gateway, upgrade: true, before: [.head(403)], .message(1, "x"),
      .reset(.malformed)),
    Case("DATA where a WebSocket was asked for", .telephone, upgrade: true, .data("x"), .reset(.malformed)),
    Case("DATA after 101", .gateway, upgrade: true, before: [.head(101)], .data("x"), .reset(.malformed)),
    Case("TRAILERS after 101", .gateway, upgrade: true, before: [.head(101)], .trailers([:]), .reset(.malformed)),
    Case(
      "MESSAGE after CLOSE", .gateway, upgrade: true, before: [.head(101), .close(1000)], .message(1, "x"),
      .reset(.malformed)),
    Case(
      "CLOSE after CLOSE", .gateway, upgrade: true, before: [.head(101), .close(1000)], .close(1000),
      .reset(.malformed)),
    Case("an opcode that is none", .gateway, upgrade: true, before: [.head(101)], .message(3, "x"), .reset(.malformed)),
    Case("opcode 8", .gateway, upgrade: true, before: [.head(101)], .message(8, ""), .reset(.malformed)),
    Case("no opcode", .gateway, upgrade: true, before: [.head(101)], .raw(8), .reset(.malformed)),
    Case(
      "a continuation of nothing", .gateway, upgrade: true, before: [.head(101)], .message(0, "x"),
      .reset(.malformed)),
    Case(
      "a message inside another", .gateway, upgrade: true, before: [.head(101), .message(1, "x", more: true)],
      .message(1, "y"), .reset(.malformed)),
    Case(
      "a ping in fragments", .gateway, upgrade: true, before: [.head(101)], .message(9, "x", more: true),
      .reset(.malformed)),
    Case(
      "a ping of 126 octets", .gateway, upgrade: true, before: [.head(101)],
      .message(9, String(repeating: "x", count: 126)), .reset(.malformed)),
    Case("a CLOSE with 1006", .gateway, upgrade: true, before: [.head(101)], .close(1006), .reset(.malformed)),
    Case("a CLOSE with 1016", .gateway, upgrade: true, before: [.head(101)], .close(1016), .reset(.malformed)),
    Case("a CLOSE with 2999", .gateway, upgrade: true, before: [.head(101)], .close(2999), .reset(.malformed)),
    Case("a CLOSE with 1014", .gateway, upgrade: true, before: [.head(101)], .close(1014), .nothing),
    Case("a CLOSE with 999", .gateway, upgrade: true, before: [.head(101)], .close(999), .reset(.malformed)),
    Case(
      "a CLOSE with 1005 and a reason", .gateway, upgrade: true, before: [.head(101)], .close(1005, "x"),
      .reset(.malformed)),
    Case("a CLOSE without a code", .gateway, upgrade: true, before: [.head(101)], .raw(9, 1, [3]), .reset(.malformed)),
    Case(
      "a CLOSE whose reason is no UTF-8", .gateway, upgrade: true, before: [.head(101)],
      .raw(9, 1, [3, 0xE8, 0xFF]), .reset(.malformed)),
    // Credit.
    Case("more than the credit", .telephone, before: [.data(big)], .data("x"), .reset(.flowControl)),
    Case("more than the credit", .gateway, before: [.head(200), .data(big)], .data("x"), .reset(.flowControl)),
    Case(
      "a MESSAGE above the credit", .gateway, upgrade: true,
      before: [.head(101), .message(2, String(repeating: "x", count: 65_525))], .message(2, ""),
      .reset(.flowControl)),
    Case("credit above 2^32 - 1", .telephone, .credit(UInt32.max - 65_535), .reset(.flowControl)),
    Case("credit above 2^32 - 1", .gateway, .credit(.max), .reset(.flowControl)),
    Case("credit of exactly 2^32 - 1", .telephone, .credit(UInt32.max - 65_536), .nothing),
    Case("a CREDIT of three octets", .telephone, .raw(6, 1, [0, 0, 1]), .reset(.malformed)),
    Case("a CREDIT of five octets", .gateway, .raw(6, 1, [0, 0, 0, 0, 1]), .reset(.malformed)),
    Case("a RESET without a code", .telephone, .raw(5, 1, [0]), .reset(.malformed)),
    Case(
      "the last octets of the credit, and END for free", .telephone, before: [.data(big)],
      .data("", end: true), .nothing),
    // What looks odd and is right.
    Case(
      "flags that a kind has no use for", .telephone,
      Frame(.data, flags: [.more, .upgrade, FrameFlags(rawValue: 0x80)], stream: 1, payload: ByteBuffer(string: "x")),
      .nothing),
    Case(
      "the length of an answer to HEAD", .gateway, request: headRequest, .head(200, 1, [.contentLength: "9"], .end),
      .nothing),
    Case("an empty DATA with END after 204", .gateway, before: [.head(204)], .data("", end: true), .nothing),
    Case("a CLOSE without a code is 1005", .gateway, upgrade: true, before: [.head(101)], .close(1005), .nothing),
    Case(
      "a ping between fragments", .gateway, upgrade: true, before: [.head(101), .message(1, "x", more: true)],
      .message(9, "p"), .nothing),
  ]

  @Test(arguments: cases)
  func `a stream or the line ends as the protocol says, and other streams live on`(_ rule: Case) throws {
    var bench = try EngineBench.withStreams(rule.role, rule.request, upgrade: rule.upgrade)
    if !rule.before.isEmpty { try bench.feed(rule.before) }
    let resetsBefore = bench.sent().filter { $0.kind == .reset }
    #expect(resetsBefore.isEmpty)
    bench.engine.signals = []
    if case .line(let kind) = rule.end {
      let fault = #expect(throws: LineFault.self) { try bench.feed(rule.bad) }
      #expect(fault?.kind == kind)
      bench.engine.lose()
      #expect(bench.fault(1)?.origin == .line)
    } else {
      try bench.feed(rule.bad)
      let resets = bench.sent().filter { $0.kind == .reset }
      if case .reset(let code) = rule.end {
        #expect(resets.map(\.stream) == [1])
        #expect(resets.first?.resetCode == code.rawValue)
        let ends = bench.engine.signals.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.count == 1)
        // Frames that were on their way are ignored.
        try bench.feed(.data("late"), .reset(0), .credit(1))
        #expect(bench.sent().isEmpty)
      } else {
        #expect(resets.isEmpty)
      }
      try otherStreamLives(&bench, rule.role)
    }
    bench.engine.release(1)
    bench.engine.release(2)
    #expect(bench.engine.unread == 0)
    #expect(bench.engine.budget.used == 0)
    #expect(bench.engine.table.held == 0)
  }

  private func otherStreamLives(_ bench: inout EngineBench, _ role: LineRole) throws {
    switch role {
    case .telephone:
      #expect(bench.read(2) == [.end(trailers: nil)])
      try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 2)
      #expect(try bench.engine.sendEnd(nil, on: 2) == .accepted)
      #expect(bench.sent().filter { $0.stream == 2 }.map(\.kind) == [.responseHead, .data])
    case .gateway:
      try bench.feed(.head(200, 2), .data("fine", 2, end: true))
      #expect(
        bench.read(2) == [.head(status: 200, [:]), .data(ByteBuffer(string: "fine")), .end(trailers: nil)])
    }
  }
}
