import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@Suite struct CodecLimitTests {
  static let limits = HeadLimits(maxHeadSize: 100, maxFieldCount: 3)
  static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  /// A request whose head has exactly that many octets.
  static func request(_ size: Int) -> String {
    let empty = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
    return "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: size - empty.utf8.count))\r\n\r\n"
  }

  static let cases: [(String, WireFault.Kind?)] = [
    (request(100), nil), (request(101), .headTooLarge), (request(1000), .headTooLarge),
    ("GET /\(String(repeating: "x", count: 200)) HTTP/1.1\r\nHost: a\r\n\r\n", .targetTooLong),
    (String(repeating: "G", count: 100), .targetTooLong), (String(repeating: "G", count: 99), .truncated),
    ("GET / HTTP/1.1\r\nHost: a\r\nB: b\r\nC: c\r\n\r\n", nil),
    ("GET / HTTP/1.1\r\nHost: a\r\nB: b\r\nC: c\r\nD: d\r\n\r\n", .headTooLarge),
    (chunked + "0\r\nX: \(String(repeating: "x", count: 93))\r\n\r\n", nil),
    (chunked + "0\r\nX: \(String(repeating: "x", count: 94))\r\n\r\n", .trailers),
    (chunked + "0\r\nX: \(String(repeating: "x", count: 1000))", .trailers),
    (chunked + "0\r\nA: a\r\nB: b\r\nC: c\r\n\r\n", nil),
    (chunked + "0\r\nA: a\r\nB: b\r\nC: c\r\nD: d\r\n\r\n", .trailers),
    (chunked + "1;\(String(repeating: "x", count: 1023))\r\na\r\n0\r\n\r\n", nil),
    (chunked + "1;\(String(repeating: "x", count: 1024))\r\na\r\n0\r\n\r\n", .chunk),
    (chunked + "1;x=\"\(String(repeating: "x", count: 2000))", .chunk),
    // Many chunks that are more extension than content.
    (chunked + String(repeating: "1;\(String(repeating: "x", count: 1000))\r\na\r\n", count: 16) + "0\r\n\r\n", nil),
    (chunked + String(repeating: "1;\(String(repeating: "x", count: 1000))\r\na\r\n", count: 17) + "0\r\n\r\n", .chunk),
    // Extensions that are small beside the content may go on for ever.
    (
      chunked
        + String(
          repeating: "400;\(String(repeating: "x", count: 500))\r\n\(String(repeating: "y", count: 1024))\r\n",
          count: 100) + "0\r\n\r\n", nil
    ),
  ]

  @Test(arguments: cases) func `a request is bounded`(input: String, kind: WireFault.Kind?) {
    let transcript = Transcript.ofRequests([octets(input)], limits: Self.limits)
    #expect(transcript.fault == kind)
    #expect(Transcript.ofRequests(octets(input).map { [$0] }, limits: Self.limits) == transcript)
    guard input.utf8.count < 2000 else { return }
    for pieces in cuts(octets(input)) { #expect(Transcript.ofRequests(pieces, limits: Self.limits) == transcript) }
  }

  @Test(
    arguments: [
      ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 76))\r\n\r\n", nil),
      ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 77))\r\n\r\n", .headTooLarge),
      ("HTTP/1.1 200 \(String(repeating: "x", count: 200))", .headTooLarge),
      ("HTTP/1.1 200 OK\r\nA: a\r\nB: b\r\nC: c\r\nD: d\r\n\r\n", .headTooLarge),
      ("HTTP/1.1 100 Go\r\nX: \(String(repeating: "x", count: 200))\r\n\r\n", .headTooLarge),
    ] as [(String, WireFault.Kind?)])
  func `an answer is bounded`(input: String, kind: WireFault.Kind?) {
    let transcript = Transcript.ofResponses([octets(input)], limits: Self.limits)
    #expect(transcript.fault == kind)
    #expect(Transcript.ofResponses(octets(input).map { [$0] }, limits: Self.limits) == transcript)
  }
}
