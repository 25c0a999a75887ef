import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@Suite struct CodecResponseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var input: String
    var expected: String
    var method: HTTPRequest.Method = .get
    var upgrade = false
    var testDescription: String { input }
  }

  static let accepted: [Case] = [
    Case(
      input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
      expected: "200 1.1 [Content-Length:2] length(2) | body ab | end"),
    Case(input: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", expected: "200 1.1 [Content-Length:0] length(0) | end"),
    Case(input: "HTTP/1.1 599\r\nContent-Length: 0\r\n\r\n", expected: "599 1.1 [Content-Length:0] length(0) | end"),
    Case(
      input: "HTTP/1.1 200 OK\r\nHost: a/b c\r\nHost: d\r\nContent-Length: 0\r\n\r\n",
      expected: "200 1.1 [Host:a/b c,Host:d,Content-Length:0] length(0) | end"),
    Case(input: "HTTP/1.0 200 gr\u{FC}n\r\n\r\nab", expected: "200 1.0 [] untilClose | body ab | end"),
    Case(input: "HTTP/1.1 200 OK\r\n\r\n", expected: "200 1.1 [] untilClose | end"),
    Case(
      input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: \u{E9}\r\n\r\n",
      expected: "200 1.1 [Transfer-Encoding:chunked] chunked | body ab | end [X:\u{E9}]"),
    Case(
      input:
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
      expected: "interim 100 1.1 [] | interim 103 1.1 [Link:</a>] | 204 1.1 [] none | end"),
    Case(
      input: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", expected: "304 1.1 [Content-Length:5] none | end"
    ),
    Case(
      input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      expected: "200 1.1 [Transfer-Encoding:chunked] none | end",
      method: .head),
    Case(
      input: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\u{81}\0",
      expected: "switching 101 1.1 [Upgrade:x] | rest \u{81}\0", upgrade: true),
    Case(
      input: "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 101 S\r\n\r\n", expected: "interim 100 1.1 [] | switching 101 1.1 []",
      upgrade: true),
    Case(
      input: "HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\nx",
      expected: "403 1.1 [Content-Length:1] length(1) | body x | end", upgrade: true),
    Case(
      input: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
      expected: "switching 200 1.1 [Content-Length:9] | rest ab", method: .connect),
    Case(
      input: "HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\nx",
      expected: "403 1.1 [Content-Length:1] length(1) | body x | end", method: .connect),
  ]

  static let refused: [(String, WireFault.Kind)] = [
    ("", .truncated), ("HTTP/1.1 200 OK\r\n", .truncated),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", .truncated),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", .truncated),
    ("HTTP/1.1 100 Continue\r\n\r\n", .truncated),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", .startLine), ("SSH-2.0-x\r\n", .startLine), ("ICY 200 OK\r\n\r\n", .startLine),
    ("HTTP/1.1  200 OK\r\n\r\n", .startLine), ("HTTP/1.1 20 OK\r\n\r\n", .startLine),
    ("HTTP/1.1 2000 OK\r\n\r\n", .startLine),
    ("HTTP/1.1 099 OK\r\n\r\n", .startLine), ("HTTP/1.1 +20 OK\r\n\r\n", .startLine),
    ("HTTP/1.1\t200 OK\r\n\r\n", .startLine),
    ("HTTP/1.1 200\tOK\r\n\r\n", .startLine), ("HTTP/1.1 200 O\u{1}K\r\n\r\n", .startLine),
    ("HTTP/1.1 200 O\rK\r\n\r\n", .lineEnd),
    ("HTTP/1.1 200 OK\n\n", .lineEnd), ("HTTP/2.0 200 OK\r\n\r\n", .version), ("HTTP/1.2 200 OK\r\n\r\n", .version),
    ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", .unexpected),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", .unexpected),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .length),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .coding), ("HTTP/1.1 200 OK\r\nX : a\r\n\r\n", .field),
    ("HTTP/1.1 200 OK\r\n X: a\r\n\r\n", .field),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n", .chunk),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n", .trailers),
  ]

  @Test(arguments: accepted) func `an answer is read octet for octet`(_ given: Case) {
    let whole = Transcript.ofResponses([octets(given.input)], to: [given.method], upgrade: given.upgrade)
    #expect(whole.description == given.expected)
    for pieces in cuts(octets(given.input)) {
      #expect(Transcript.ofResponses(pieces, to: [given.method], upgrade: given.upgrade) == whole)
    }
  }

  @Test(arguments: refused) func `a broken answer is refused`(input: String, kind: WireFault.Kind) {
    let whole = Transcript.ofResponses([octets(input)])
    #expect(whole.fault == kind, "\(whole)")
    for pieces in cuts(octets(input)) {
      #expect(Transcript.ofResponses(pieces) == whole)
    }
  }

  @Test func `a connection carries one answer after another`() throws {
    var decoder = ResponseDecoder()
    #expect(decoder.isIdle)
    for method in [HTTPRequest.Method.get, .head, .get] {
      try decoder.expect(method)
      #expect(!decoder.isIdle)
      #expect(throws: WireFault(.unexpected)) { try decoder.expect(.get) }
      decoder.append(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (method == .get ? "ab" : "")))
      var count = 0
      while try decoder.next() != nil { count += 1 }
      #expect(count == (method == .get ? 3 : 2))
      #expect(try decoder.finish() == nil)
    }
    #expect(decoder.isIdle)
  }

  @Test func `an answer that nobody asked for is a fault`() throws {
    var decoder = ResponseDecoder()
    decoder.append(ByteBuffer(string: "H"))
    #expect(!decoder.isIdle)
    #expect(throws: WireFault(.unexpected)) { try decoder.expect(.get) }
    #expect(throws: WireFault(.unexpected)) { try decoder.next() }
  }
}
