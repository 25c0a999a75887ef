import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@Suite struct CodecRequestTests {
  static let accepted: [(String, String)] = [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 [Host:a] none | end"),
    ("GET / HTTP/1.0\r\n\r\n", "GET / 1.0 [] none | end"),
    ("\r\nGET / HTTP/1.1\r\nHost:a\r\n\r\n", "GET / 1.1 [Host:a] none | end"),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / 1.1 [Host:] none | end"),
    (
      "b-r!#$%&'*+.^_`|~9 /?q={\"|\\}<>^` HTTP/1.1\r\nhOST: a:8080\r\n\r\n",
      "b-r!#$%&'*+.^_`|~9 /?q={\"|\\}<>^` 1.1 [hOST:a:8080] none | end"
    ),
    ("GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]:\r\n\r\n", "GET / 1.1 [Host:[::ffff:1.2.3.4]:] none | end"),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * 1.1 [Host:a] none | end"),
    ("GET HTTP://A.b/c HTTP/1.1\r\nHost: a.B\r\n\r\n", "GET HTTP://A.b/c 1.1 [Host:a.B] none | end"),
    ("GET https://a?x HTTP/1.0\r\n\r\n", "GET https://a?x 1.0 [] none | end"),
    ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT a:443 1.1 [Host:a:443] none | end"),
    (
      "GET / HTTP/1.1\r\nHost: [::1]:80\r\nX:\t \u{80}\u{FF} \tb\t\r\nX:\r\nx: \"q\"\r\n\r\n",
      "GET / 1.1 [Host:[::1]:80,X:\u{80}\u{FF} \tb,X:,x:\"q\"] none | end"
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST / 1.1 [Host:a,Content-Length:0] length(0) | end"),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nCONTENT-LENGTH: 003\r\n\r\na\r\n",
      "POST / 1.1 [Host:a,CONTENT-LENGTH:003] length(3) | body a\r\n | end"
    ),
    (
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n00a;x=y;z;q=\"a \\\" b\"\r\n0123456789\r\n0\r\n\r\n",
      "PUT / 1.1 [Host:a,Transfer-Encoding:CHUNKED] chunked | body abc0123456789 | end"
    ),
    (
      "PUT / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n000000000000000A\r\n0123456789\r\n0;e\r\nT: \u{E9}\r\nt:2\r\n\r\n",
      "PUT / 1.1 [Host:a,transfer-encoding:chunked] chunked | body 0123456789 | end [T:\u{E9},t:2]"
    ),
    (
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\nGET /3 HTTP/1.0\r\n\r\n",
      "POST /1 1.1 [Host:a,Content-Length:1] length(1) | body x | end | GET /2 1.1 [Host:b] none | end | GET /3 1.0 [] none | end"
    ),
  ]

  private static let start = "GET / HTTP/1.1\r\nHost: a\r\n"
  private static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  static let refused: [(String, WireFault.Kind)] = [
    // The first line.
    ("nonsense\r\n\r\n", .startLine), (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .startLine),
    ("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .startLine), ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .startLine), ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .startLine),
    ("GET / http/1.1\r\nHost: a\r\n\r\n", .startLine), ("GET /\r\n\r\n", .target), ("GET / \r\n\r\n", .startLine),
    ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", .startLine), ("GET / HTTP/11\r\nHost: a\r\n\r\n", .startLine),
    ("GET / HTTP/1.1x\r\nHost: a\r\n\r\n", .startLine), ("\u{16}\u{3}\u{1}", .startLine), ("\0", .startLine),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .startLine),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .version), ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .version),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .version), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", .version),
    ("\r\n\u{FF}\r\n", .startLine),
    // The target.
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("GET *a HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("GET /a\u{1}b HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    // Line ends.
    ("GET / HTTP/1.1\nHost: a\n\n", .lineEnd), ("GET / HTTP/1.1\r\nHost: a\n\r\n", .lineEnd),
    ("GET / HTTP/1.1\r\nHost: a\r\n\n", .lineEnd), ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .lineEnd),
    ("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .lineEnd), (start + "X: a\rb\r\n\r\n", .lineEnd),
    (start + "X: a\r\r\n\r\n", .lineEnd), ("GET / HTTP/1.1\rX\r\nHost: a\r\n\r\n", .lineEnd),
    (start + "\rX: b\r\n\r\n", .lineEnd),
    // Fields.
    (start + "X : b\r\n\r\n", .field), (start + "X\t: b\r\n\r\n", .field), (start + "X: a\r\n b\r\n\r\n", .field),
    (start + "X: a\r\n\tb\r\n\r\n", .field), ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .field),
    (start + ": b\r\n\r\n", .field), (start + "b\r\n\r\n", .field), (start + "X Y: b\r\n\r\n", .field),
    (start + "X: a\0b\r\n\r\n", .field), (start + "X: a\u{1}b\r\n\r\n", .field), (start + "X: \u{7F}\r\n\r\n", .field),
    (start + "X: a\u{B}b\r\n\r\n", .field), (start + "X\u{E9}: b\r\n\r\n", .field), (start + "X(: b\r\n\r\n", .field),
    // Host.
    ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: a[]\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: [a]\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", .host), ("GET http://a:x/ HTTP/1.1\r\nHost: a:x\r\n\r\n", .target),
    ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", .target), ("CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n", .target),
    ("GET / HTTP/1.1\r\n\r\n", .host), (start + "host: a\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .host),
    ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .host), ("GET / HTTP/1.1\r\nHost: \u{E9}\r\n\r\n", .host),
    ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", .host), ("GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", .host),
    // Where the message ends.
    (start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .ambiguousFraming),
    ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: chunked, chunked\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: chunked, gzip\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding:\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: ,chunked\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: \"chunked\"\r\n\r\n", .ambiguousFraming),
    (start + "Transfer-Encoding: gzip, chunked\r\n\r\n", .coding),
    (start + "Transfer-Encoding: identity\r\n\r\n", .coding),
    (start + "Transfer-Encoding: xchunked\r\n\r\n", .coding),
    (start + "Transfer-Encoding: chunked;q=1\r\n\r\n", .coding),
    (start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", .length),
    (start + "Content-Length: 1\r\ncontent-length: 1\r\n\r\na", .length),
    (start + "Content-Length: 1, 1\r\n\r\n", .length),
    (start + "Content-Length:\r\n\r\n", .length), (start + "Content-Length: +1\r\n\r\n", .length),
    (start + "Content-Length: -1\r\n\r\n", .length), (start + "Content-Length: 0x1\r\n\r\n", .length),
    (start + "Content-Length: 1 1\r\n\r\n", .length), (start + "Content-Length: 1_0\r\n\r\n", .length),
    (start + "Content-Length: 9223372036854775808\r\n\r\n", .length),
    (start + "Content-Length: 99999999999999999999999\r\n\r\n", .length),
    (start + "Content-Length: \u{B2}\r\n\r\n", .length),
    // Chunks.
    (chunked + "\r\n", .chunk), (chunked + "g\r\n", .chunk), (chunked + "+1\r\na\r\n", .chunk),
    (chunked + "-1\r\n", .chunk), (chunked + " 1\r\na\r\n", .chunk), (chunked + "1 \r\na\r\n", .chunk),
    (chunked + "0x1\r\na\r\n", .chunk), (chunked + "1\t;a\r\na\r\n", .chunk),
    (chunked + "00000000000000001\r\na\r\n", .chunk),
    (chunked + "8000000000000000\r\n", .chunk), (chunked + "FFFFFFFFFFFFFFFF\r\n", .chunk),
    (chunked + "1\r\nab\r\n", .chunk), (chunked + "1\na\r\n", .lineEnd), (chunked + "1\r\na\n", .chunk),
    (chunked + "1\r\na\rb", .lineEnd), (chunked + "1\ra\r\n", .lineEnd), (chunked + "1;\r\na\r\n", .chunk),
    (chunked + "1;a b\r\na\r\n", .chunk), (chunked + "1;a=\r\na\r\n", .chunk),
    (chunked + "1;a=\"\n\"\r\na\r\n", .chunk),
    (chunked + "1;a=\"b\"c\r\na\r\n", .chunk), (chunked + "1;a=b\0\r\na\r\n", .chunk), (chunked + "1;a\n", .lineEnd),
    (chunked + "1;a=\"\\\u{7}\"\r\na\r\n", .chunk),
    // Trailers.
    (chunked + "0\r\nContent-Length: 1\r\n\r\n", .trailers),
    (chunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n", .trailers),
    (chunked + "0\r\nhost: b\r\n\r\n", .trailers), (chunked + "0\r\nX : b\r\n\r\n", .trailers),
    (chunked + "0\r\n X: b\r\n\r\n", .trailers), (chunked + "0\r\nX: b\n\r\n", .lineEnd),
    (chunked + "0\r\nX: a\rb\r\n\r\n", .lineEnd),
    (chunked + "0\r\nX: \0\r\n\r\n", .trailers), (chunked + "0\r\n\n", .lineEnd),
    // What is cut off.
    ("G", .truncated), ("\r", .truncated), (start, .truncated), (start + "\r", .truncated),
    (start + "Content-Length: 2\r\n\r\na", .truncated), (chunked, .truncated), (chunked + "1", .truncated),
    (chunked + "1\r\na", .truncated), (chunked + "0\r\n", .truncated), (chunked + "0\r\nX: b\r\n", .truncated),
  ]

  @Test(arguments: accepted) func `a request is read octet for octet`(input: String, expected: String) {
    #expect(Transcript.ofRequests([octets(input)]).description == expected)
  }

  @Test(arguments: refused) func `what can be understood in two ways is refused`(input: String, kind: WireFault.Kind) {
    let transcript = Transcript.ofRequests([octets(input)])
    #expect(transcript.fault == kind, "\(transcript)")
  }

  @Test func `octets may come in any pieces`() {
    for input in Self.accepted.map(\.0) + Self.refused.map(\.0) {
      let whole = Transcript.ofRequests([octets(input)])
      for pieces in cuts(octets(input)) {
        #expect(Transcript.ofRequests(pieces) == whole, "\(pieces)")
      }
    }
  }

  @Test func `after a fault nothing is read any more`() throws {
    var decoder = RequestDecoder()
    decoder.append(ByteBuffer(string: "x\r\n\r\n" + Self.start + "\r\n"))
    for _ in 0..<3 { #expect(throws: WireFault(.startLine)) { try decoder.next() } }
    #expect(throws: WireFault(.startLine)) { try decoder.finish() }
  }

  @Test func `what is behind a request can be taken`() throws {
    var decoder = RequestDecoder()
    decoder.append(ByteBuffer(string: Self.start + "\r\nrest"))
    _ = try decoder.next()
    _ = try decoder.next()
    #expect(String(buffer: decoder.takeRest()) == "rest")
    #expect(try decoder.finish() == nil)
  }

  @Test func `content is not copied`() throws {
    var decoder = RequestDecoder()
    let head = Self.start + "Content-Length: 100000\r\n\r\n"
    var input = ByteBuffer(string: head)
    input.writeRepeatingByte(7, count: 100_000)
    decoder.append(input)
    _ = try decoder.next()
    guard case .body(let content) = try decoder.next() else { return #expect(Bool(false), "no content came") }
    let place = input.withUnsafeReadableBytes { $0.baseAddress.map { $0 + head.utf8.count } }
    #expect(content.withUnsafeReadableBytes { $0.baseAddress } == place)
  }

  @Test func `each fault has a status and a sentence`() {
    let statuses: [WireFault.Kind: Int] = [.version: 505, .coding: 501, .targetTooLong: 414, .headTooLarge: 431]
    for kind in WireFault.Kind.allCases {
      let fault = WireFault(kind)
      #expect(fault.status == statuses[kind] ?? 400)
      #expect(fault.sentence.hasSuffix("."))
    }
  }
}
