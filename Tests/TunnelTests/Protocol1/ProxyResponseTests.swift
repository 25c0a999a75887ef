import HTTPTypes
import NIOCore
import PhoenixChannels
import Testing

@testable import Tunnel

@Suite struct ProxyResponseTests {
  private func response(_ fields: HTTPFields = [:], _ parts: [String] = []) -> ProxyResponse {
    ProxyResponse(requestID: "r", status: 200, fields: fields, parts: parts.map { ByteBuffer(string: $0) })
  }

  /// What a gateway reads of an answer, and what was left out.
  private func read(
    _ response: ProxyResponse, _ encoding: BodyEncoding = .utf8
  ) throws -> (JSONValue, ProxyResponse.LeftOut) {
    let (payload, leftOut) = try #require(response.payload(encoding))
    return (try JSONValue(parsing: payload.text), leftOut)
  }

  @Test(arguments: [
    ("status", Change.missing, "status"), ("status", .value("200"), "status"), ("status", .value(199), "status"),
    ("status", .value(600), "status"), ("status", .value(200.5), "status"), ("status", .value(true), "status"),
    ("status", .value(-200), "status"),
    ("headers", .value(["a"]), "headers"), ("headers", .value(["a b": "c"]), "headers.a?b"),
    ("headers", .value(["a": "b\r\nc: d"]), "headers.a"), ("headers", .value(["a": 1]), "headers.a"),
    ("body", .value(1), "body"), ("chunked", .value(true), "chunks"), ("body_encoding", .value("br"), "body_encoding"),
  ])
  func `a bad key of an answer is named`(_ key: String, _ change: Change, _ field: String) {
    var payload: [String: JSONValue] = ["request_id": "r", "status": 200, "headers": [:], "body": "", "chunked": false]
    switch change {
    case .missing: payload[key] = nil
    case .value(let value): payload[key] = value
    }
    let error = #expect(throws: PayloadFault.self) { try ProxyResponse(.object(payload)) }
    #expect(error?.field == field)
    #expect(error?.requestID == "r")
  }

  @Test(arguments: [JSONValue.null, "a", ["a", 1], [["a"]]])
  func `chunks are an array of strings`(_ chunks: JSONValue) {
    let error = #expect(throws: PayloadFault.self) {
      try ProxyResponse(["request_id": "r", "status": 200, "chunked": true, "chunks": chunks])
    }
    #expect(error?.field == "chunks")
  }

  @Test func `chunks in base64 are octets each`() throws {
    let payload: JSONValue = [
      "request_id": "r", "status": 200, "chunked": true, "chunks": ["/w==", "", "AAE="], "body_encoding": "base64",
    ]
    #expect(try ProxyResponse(payload).body == ByteBuffer(bytes: [0xFF, 0, 1]))
    let error = #expect(throws: PayloadFault.self) {
      try ProxyResponse([
        "request_id": "r", "status": 200, "chunked": true, "chunks": ["/w==", "!"], "body_encoding": "base64",
      ])
    }
    #expect(error?.field == "chunks")
  }

  @Test func `an answer in one part is not chunked`() throws {
    let (none, _) = try read(response())
    #expect(
      none == [
        "request_id": "r", "status": 200, "headers": [:], "body": "", "chunked": false,
      ])
    let (one, _) = try read(response([.contentType: "text/plain"], ["", "abc", ""]))
    #expect(
      one == [
        "request_id": "r", "status": 200, "headers": ["content-type": "text/plain"], "body": "abc", "chunked": false,
      ])
    let (two, _) = try read(response([:], ["ab", "c"]))
    #expect(
      two == [
        "request_id": "r", "status": 200, "headers": [:], "body": "", "chunked": true, "chunks": ["ab", "c"],
      ])
  }

  @Test func `repeated fields are joined, but of cookies the first is sent`() throws {
    var fields: HTTPFields = [.vary: "a"]
    for value in ["b", "c"] { fields.append(HTTPField(name: .vary, value: value)) }
    for value in ["x=1; Path=/", "y=2", "z=3"] { fields.append(HTTPField(name: .setCookie, value: value)) }
    let (payload, leftOut) = try read(response(fields))
    #expect(payload.headers == ["vary": "a, b, c", "set-cookie": "x=1; Path=/"])
    #expect(leftOut == ProxyResponse.LeftOut(cookies: 2, notUTF8: 0))
  }

  @Test func `repeated fields keep their order, however they are spelled and mixed`() throws {
    var fields: HTTPFields = [:]
    fields.append(HTTPField(name: .setCookie, value: [0xE9] as [UInt8]))
    for number in 1...100 {
      let spelled = number % 2 == 0
      fields.append(HTTPField(name: .named(spelled ? "Vary" : "vARY"), value: "v\(number)"))
      fields.append(HTTPField(name: .named(spelled ? "set-cookie" : "Set-Cookie"), value: "c\(number)"))
    }
    let (payload, leftOut) = try read(response(fields))
    let vary = (1...100).map { "v\($0)" }.joined(separator: ", ")
    #expect(payload.headers == ["vary": .string(vary), "set-cookie": "c1"])
    #expect(leftOut == ProxyResponse.LeftOut(cookies: 99, notUTF8: 1))
  }

  @Test func `whatever a field or a body holds, the payload is JSON`() throws {
    let text = "\"\\/é😀\u{2028}"
    var fields: HTTPFields = [.via: text]
    fields.append(HTTPField(name: .named("X-\u{27}$&"), value: "a\tb"))
    let whole = ProxyResponse(
      requestID: "\"r\n", status: 404, fields: fields, parts: [ByteBuffer(string: "\0\u{1F}\u{7F}" + text)])
    let decoded = try ProxyResponse(try read(whole).0)
    #expect(decoded.requestID == whole.requestID)
    #expect(decoded.status == 404)
    #expect(
      decoded.fields == HTTPFields(fields.map { HTTPField(name: .named($0.name.canonicalName), value: $0.value) }))
    #expect(decoded.parts == whole.parts)
    let (payload, _) = try read(response(fields, ["x"]))
    #expect(payload.headers == ["via": .string(text), "x-\u{27}$&": "a\tb"])
  }

  @Test func `the members are written in the order of their names`() throws {
    let fields: HTTPFields = [.vary: "b", .accept: "a"]
    let (one, _) = try #require(response(fields, ["x"]).payload(.base64))
    #expect(
      one.text == #"{"body":"eA==","body_encoding":"base64","chunked":false,"headers":{"accept":"a","vary":"b"},"#
        + #""request_id":"r","status":200}"#)
    let (two, _) = try #require(response([:], ["x", "y"]).payload(.utf8))
    #expect(two.text == #"{"body":"","chunked":true,"chunks":["x","y"],"headers":{},"request_id":"r","status":200}"#)
  }

  @Test func `a field that is not UTF-8 is left out`() throws {
    var fields: HTTPFields = [:]
    fields.append(HTTPField(name: .server, value: [0x61, 0xE9] as [UInt8]))
    fields.append(HTTPField(name: .via, value: "é"))
    let (payload, leftOut) = try read(response(fields))
    #expect(payload.headers == ["via": "é"])
    #expect(leftOut == ProxyResponse.LeftOut(cookies: 0, notUTF8: 1))
  }

  @Test func `all 256 octets pass in base64, and are refused as text`() throws {
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    let whole = ProxyResponse(requestID: "r", status: 200, fields: [:], parts: [octets, octets])
    #expect(whole.payload(.utf8) == nil)
    let decoded = try ProxyResponse(try read(whole, .base64).0)
    #expect(decoded.parts == [octets, octets])
  }
}

/// Chunks are never cut inside a UTF-8 sequence.
@Suite struct UTF8PartsTests {
  /// Characters of one to four octets, and sequences of scalars.
  static let text = "a\u{7F}é€\u{7FF}\u{800}\u{FFFF}😀\u{10FFFF}e\u{301}👩‍👩‍👧z"

  private func check(_ parts: [ByteBuffer], whole: [UInt8]) {
    let aligned = UTF8Parts.realigned(parts)
    #expect(aligned.flatMap { Array($0.readableBytesView) } == whole)
    #expect(aligned.count <= parts.count)
    for part in aligned {
      #expect(String(validating: part.readableBytesView, as: UTF8.self) != nil)
    }
  }

  @Test func `every pair of cuts gives whole characters`() {
    let octets = Array(Self.text.utf8)
    for first in 0...octets.count {
      for second in first...octets.count {
        check(
          [octets[..<first], octets[first..<second], octets[second...]].map { ByteBuffer(bytes: $0) }, whole: octets)
      }
    }
  }

  @Test func `single octets and random cuts give whole characters`() {
    var random = Seeded(state: 42)
    let alphabet = Array(Self.text.unicodeScalars)
    for _ in 0..<300 {
      var text = ""
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
      }
      let octets = Array(text.utf8)
      check(octets.map { ByteBuffer(bytes: [$0]) }, whole: octets)
      var rest = octets[...]
      var parts: [ByteBuffer] = []
      while !rest.isEmpty {
        let size = Int.random(in: 0...min(7, rest.count), using: &random)
        parts.append(ByteBuffer(bytes: rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      check(parts, whole: octets)
    }
  }

  @Test(
    arguments: [
      [[0x61, 0xC3]], [[0xE2, 0x82], [0x61]], [[0x80], [0x80]], [[0xF0, 0x9F], [0x98]], [[0xFF], [0xFE, 0xC0]],
      [[0xE2], [0x82]], [[0x80, 0x80, 0x80, 0x80, 0x80], [0xC3]],
    ] as [[[UInt8]]])
  func `what is not UTF-8 loses no octet, and is no text`(_ parts: [[UInt8]]) {
    let buffers = parts.map { ByteBuffer(bytes: $0) }
    #expect(UTF8Parts.realigned(buffers).flatMap { Array($0.readableBytesView) } == parts.flatMap { $0 })
    let response = ProxyResponse(requestID: "r", status: 200, fields: [:], parts: buffers)
    #expect(response.payload(.utf8) == nil)
  }
}
