import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@Suite struct CodecEncoderTests {
  private func field(_ name: String, _ value: [UInt8]) -> HTTPField {
    HTTPField(name: .named(name), value: value)
  }

  @Test func `a request that is written is read as it was`() throws {
    var fields: HTTPFields = [:]
    fields.append(field("hOsT", octets("a:1")))
    for octet in UInt8(0x21)...0xFF where octet != 0x7F {
      fields.append(field("X-\(octet)", [octet, 0x20, 0x09, octet]))
    }
    fields.append(field("X", []))
    fields.append(field("Transfer-Encoding", octets("chunked")))
    let head = WireRequestHead(method: .patch, target: "/a%20b?\"{}|", fields: fields)
    var buffer = ByteBuffer()
    try MessageEncoder.write(head, into: &buffer)
    MessageEncoder.writeChunk(ByteBuffer(string: "0123456789abcdef!"), into: &buffer)
    MessageEncoder.writeChunk(ByteBuffer(), into: &buffer)
    MessageEncoder.writeLastChunk(
      trailers: [.named("T"): "1", .contentLength: "1", .transferEncoding: "x", .named("Host"): "x"], into: &buffer)
    var decoder = RequestDecoder()
    decoder.append(buffer)
    #expect(try decoder.next() == .head(head, .chunked))
    #expect(try decoder.next() == .body(ByteBuffer(string: "0123456789abcdef!")))
    #expect(try decoder.next() == .end([.named("T"): "1"]))
    #expect(try decoder.finish() == nil)
  }

  @Test(arguments: ["", "/ a", "/a\r\nX: b", "/\u{7F}", "/é", "/\0"])
  func `a target that would break the line is not written`(target: String) {
    var buffer = ByteBuffer()
    #expect(throws: WireFault(.target)) {
      try MessageEncoder.write(WireRequestHead(method: .get, target: target), into: &buffer)
    }
    #expect(buffer.readableBytes == 0)
  }

  @Test func `an answer that is written is read as it was`() throws {
    for status in [200, 203, 299, 404, 418, 599, 999] {
      var fields: HTTPFields = [.contentLength: "0"]
      fields.append(field("X", octets("\u{E9}")))
      let head = WireResponseHead(status: status, fields: fields)
      var buffer = ByteBuffer()
      MessageEncoder.write(head, into: &buffer)
      var decoder = ResponseDecoder()
      try decoder.expect(.get)
      decoder.append(buffer)
      #expect(try decoder.next() == .head(head, .length(0)))
    }
  }

  @Test(arguments: [
    (200, "200 OK"), (404, "404 Not Found"), (299, "299 "), (0, "500 Internal Server Error"),
    (-1, "500 Internal Server Error"), (1000, "500 Internal Server Error"),
  ])
  func `a status line has the usual phrase`(status: Int, text: String) {
    var buffer = ByteBuffer()
    MessageEncoder.write(status: status, into: &buffer)
    #expect(String(buffer: buffer) == "HTTP/1.1 \(text)\r\n")
  }

  @Test func `a field cannot break its line`() {
    var buffer = ByteBuffer()
    MessageEncoder.write(field("X", octets("a\r\nY: b\0")), into: &buffer)
    #expect(String(buffer: buffer) == "X: a  Y: b\r\n")
  }
}
