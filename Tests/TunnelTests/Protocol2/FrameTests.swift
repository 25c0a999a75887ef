import HTTPTypes
import NIOCore
import Testing

@testable import Tunnel

@Suite struct FrameTests {
  let terms = LineTerms(maxFrame: 16_384, maxMessage: 20_000)

  private func decode(_ message: ByteBuffer) throws(LineFault) -> [Frame] {
    var decoder = try FrameDecoder(message, terms: terms)
    var frames: [Frame] = []
    while let frame = try decoder.next() { frames.append(frame) }
    return frames
  }

  @Test func `a frame has the octets that the protocol says`() throws {
    var buffer = ByteBuffer()
    buffer.writeFrame(Frame(.data, flags: .end, stream: 0x0102_0304, payload: ByteBuffer(string: "hi")))
    #expect(Array(buffer.readableBytesView) == [3, 1, 1, 2, 3, 4, 0, 0, 0, 2, 0x68, 0x69])
    #expect(try decode(buffer) == [Frame(.data, flags: .end, stream: 0x0102_0304, payload: ByteBuffer(string: "hi"))])
  }

  @Test func `many frames are in one message`() throws {
    var buffer = ByteBuffer()
    let frames = [Frame.data("a", 1), .raw(0x0A, 0), .credit(7, 3), .raw(0x1F, 9)]
    for frame in frames { buffer.writeFrame(frame) }
    #expect(try decode(buffer) == frames)
  }

  static let broken: [(String, [UInt8], LineFault.Kind)] = [
    ("nothing", [], .truncated),
    ("a cut header", [3, 0, 0, 0, 0, 1, 0, 0, 0], .truncated),
    ("a cut payload", [3, 0, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2], .truncated),
    ("a length past max_frame", [3, 0, 0, 0, 0, 1, 0, 0, 0x40, 1], .frameTooLong),
    ("the largest length", [3, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], .frameTooLong),
    ("a kind above 0x1F", [0x20, 0, 0, 0, 0, 1, 0, 0, 0, 0], .unknownKind),
    ("the last kind", [0xFF, 0, 0, 0, 0, 1, 0, 0, 0, 0], .unknownKind),
    ("DATA on stream 0", [3, 1, 0, 0, 0, 0, 0, 0, 0, 0], .streamZero),
    ("a reserved kind on stream 0", [0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0], .streamZero),
    ("DRAIN on a stream", [0x0A, 0, 0, 0, 0, 1, 0, 0, 0, 0], .drainOnStream),
    ("something after a good frame", [3, 1, 0, 0, 0, 1, 0, 0, 0, 0, 3], .truncated),
  ]

  @Test(arguments: broken)
  func `what breaks the framing is told apart`(_ name: String, _ octets: [UInt8], _ kind: LineFault.Kind) {
    let fault = #expect(throws: LineFault.self) { try decode(ByteBuffer(bytes: octets)) }
    #expect(fault?.kind == kind)
  }

  @Test func `a message of exactly max_message passes, one octet more does not`() throws {
    var buffer = ByteBuffer()
    for _ in 0..<2 {
      buffer.writeFrame(Frame(.data, stream: 1, payload: ByteBuffer(repeating: 0, count: 9990)))
    }
    #expect(try decode(buffer).count == 2)
    buffer.writeInteger(UInt8(0))
    #expect(throws: LineFault.self) { try decode(buffer) }
  }

  @Test func `every way to cut a message is a fault of framing, or a shorter message`() throws {
    var buffer = ByteBuffer()
    for frame in [Frame.data("abc", 1), .raw(0x0A, 0), .credit(7, 3)] { buffer.writeFrame(frame) }
    let borders = [13, 23, 37]
    for length in 0..<buffer.readableBytes where !borders.contains(length) {
      let cut = buffer.getSlice(at: 0, length: length) ?? ByteBuffer()
      #expect(throws: LineFault.self) { try decode(cut) }
    }
  }

  @Test func `frames move whole`() {
    var source = ByteBuffer()
    for text in ["one", "two", "three"] { source.writeFrame(.data(text, 1)) }
    var target = ByteBuffer()
    let wasAll = source.moveFrames(to: &target, room: 27)
    #expect(!wasAll)
    #expect(EngineBench.frames(target) == [.data("one", 1), .data("two", 1)])
    let isAll = source.moveFrames(to: &target, room: 15)
    #expect(isAll)
    #expect(source.readableBytes == 0)
    #expect(EngineBench.frames(target).last == .data("three", 1))
  }
}

@Suite struct HeadFrameTests {
  private func field(_ name: String, _ value: [UInt8]) -> HTTPField {
    HTTPField(name: .named(name), value: value)
  }

  private func octets(_ head: RequestHeadFrame = .plain) -> [UInt8] {
    var buffer = ByteBuffer()
    let isWritten = head.write(into: &buffer)
    #expect(isWritten)
    return Array(buffer.readableBytesView)
  }

  @Test func `a request's head comes back octet for octet`() throws {
    var fields = HTTPFields()
    fields.append(field("X-Mixed-CASE", Array("1".utf8)))
    fields.append(field("accept", [0x61, 0xE9, 0xFF, 0x80]))
    fields.append(field("x-mixed-case", Array("2".utf8)))
    fields.append(field("Empty", []))
    let head = RequestHeadFrame(
      method: try #require(HTTPRequest.Method("M-SEARCH")), scheme: "https", authority: "[::1]:8443",
      target: "/a%2Fb/../c?q=a%20b", clientAddress: "2001:db8::1", fields: fields)
    let back = try RequestHeadFrame(ByteBuffer(bytes: octets(head)))
    #expect(back == head)
    #expect(back.fields.map(\.name.rawName) == ["X-Mixed-CASE", "accept", "x-mixed-case", "Empty"])
    #expect(octets(back) == octets(head))
  }

  @Test func `the octets are those of the protocol`() {
    let head = RequestHeadFrame(
      method: .get, scheme: "http", authority: "h", target: "/", clientAddress: nil,
      fields: [.accept: "*"])
    var expected = ByteBuffer()
    expected.writeBytes([3])
    expected.writeString("GET")
    expected.writeBytes([4])
    expected.writeString("http")
    expected.writeBytes([0, 1])
    expected.writeString("h")
    expected.writeBytes([0, 1])
    expected.writeString("/")
    expected.writeBytes([0, 0, 1, 0, 6])
    expected.writeString("Accept")
    expected.writeBytes([0, 0, 0, 1])
    expected.writeString("*")
    #expect(octets(head) == Array(expected.readableBytesView))
  }

  @Test func `every cut of a head, and every octet after it, is refused`() {
    let whole = octets(RequestHeadFrame(method: .get, authority: "host", fields: [.accept: "*", .cookie: "a=b"]))
    for length in 0..<whole.count {
      #expect(throws: RequestHeadFrame.Fault.self) { try RequestHeadFrame(ByteBuffer(bytes: whole[..<length])) }
    }
    #expect(throws: RequestHeadFrame.Fault.self) { try RequestHeadFrame(ByteBuffer(bytes: whole + [0])) }
  }

  static let badHeads: [(String, String, String, String, String)] = [
    ("a method with a space", "G T", "http", "h", "/"), ("no method", "", "http", "h", "/"),
    ("another scheme", "GET", "ftp", "h", "/"), ("no scheme", "GET", "", "h", "/"),
    ("a space in the authority", "GET", "http", "h h", "/"), ("CR in the authority", "GET", "http", "h\r", "/"),
    ("no target", "GET", "http", "h", ""), ("a relative target", "GET", "http", "h", "a"),
    ("LF in the target", "GET", "http", "h", "/\nX: y"), ("a space in the target", "GET", "http", "h", "/a b"),
    ("user information", "GET", "http", "u@h", "/"), ("a list of authorities", "GET", "http", "h,i", "/"),
    ("two ports", "GET", "http", "h:1:2", "/"), ("a port of letters", "GET", "http", "h:p", "/"),
    ("a port without a host", "GET", "http", ":80", "/"), ("brackets around a name", "GET", "http", "[h]", "/"),
    ("half a bracket", "GET", "http", "[::1", "/"), ("brackets behind a name", "GET", "http", "h[]", "/"),
    ("a slash in the authority", "GET", "http", "h/a", "/"), ("a backslash", "GET", "http", "h\\i", "/"),
    ("a letter of no ASCII in the authority", "GET", "http", "b\u{FC}cher.example", "/"),
    ("a letter of no ASCII in the target", "GET", "http", "h", "/\u{E9}"),
    ("a fragment", "GET", "http", "h", "/a#b"), ("DEL in the target", "GET", "http", "h", "/\u{7F}"),
  ]

  @Test(arguments: badHeads)
  func `a head that makes no request is refused`(
    _ name: String, _ method: String, _ scheme: String, _ authority: String, _ target: String
  ) {
    var buffer = ByteBuffer()
    for text in [method, scheme] {
      buffer.writeInteger(UInt8(text.utf8.count))
      buffer.writeString(text)
    }
    for text in [authority, target] {
      buffer.writeInteger(UInt16(text.utf8.count))
      buffer.writeString(text)
    }
    buffer.writeInteger(UInt8(0))
    buffer.writeInteger(UInt16(0))
    #expect(throws: RequestHeadFrame.Fault.self) { try RequestHeadFrame(buffer) }
  }

  static let badFields: [(String, [UInt8])] = [
    ("CR in a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 3, 0x62, 0x0D, 0x62]),
    ("LF in a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 3, 0x62, 0x0A, 0x62]),
    ("NUL in a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 3, 0x62, 0x00, 0x62]),
    ("a control in a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 3, 0x62, 0x07, 0x62]),
    ("a space before a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 2, 0x20, 0x62]),
    ("a tab after a value", [0, 1, 0, 1, 0x61, 0, 0, 0, 2, 0x62, 0x09]),
    ("an empty name", [0, 1, 0, 0, 0, 0, 0, 2, 0x62, 0x62]),
    ("a space in a name", [0, 1, 0, 3, 0x61, 0x20, 0x61, 0, 0, 0, 0]),
    ("a colon in a name", [0, 1, 0, 2, 0x61, 0x3A, 0, 0, 0, 1, 0x62]),
    ("a pseudo field", [0, 1, 0, 2, 0x3A, 0x61, 0, 0, 0, 1, 0x62]),
    ("an octet above 0x7F in a name", [0, 1, 0, 2, 0x61, 0xE9, 0, 0, 0, 1, 0x62]),
    ("a count that is too large", [0xFF, 0xFF, 0, 1, 0x61, 0, 0, 0, 1, 0x62]),
    ("a count that is too small", [0, 0, 0, 1, 0x61, 0, 0, 0, 1, 0x62]),
    ("a name that is longer than all", [0, 1, 0xFF, 0xFF, 0x61, 0, 0, 0, 1, 0x62]),
    ("a value that is longer than all", [0, 1, 0, 1, 0x61, 0xFF, 0xFF, 0xFF, 0xFF, 0x62]),
    ("a section that goes on", [0, 1, 0, 1, 0x61, 0, 0, 0, 1, 0x62, 0x63]),
    ("no section", []),
  ]

  @Test(arguments: badFields)
  func `a field section that lies, or has a bad field, is refused`(_ name: String, _ octets: [UInt8]) {
    var buffer = ByteBuffer(bytes: octets)
    #expect(throws: FieldSection.Fault.self) { try FieldSection.read(&buffer) }
  }

  @Test func `a section has 1,024 fields at most, either way`() throws {
    func fields(_ count: Int) -> HTTPFields {
      var fields = HTTPFields()
      for _ in 0..<count { fields.append(HTTPField(name: .accept, value: "")) }
      return fields
    }
    var most = ByteBuffer()
    #expect(FieldSection.write(fields(1024), into: &most))
    #expect(try FieldSection.read(&most).count == 1024)
    var more = ByteBuffer()
    #expect(!FieldSection.write(fields(1025), into: &more))
    for count in [1025, UInt16.max] {
      var section = ByteBuffer(integer: count)
      for _ in 0..<count { section.writeBytes([0, 1, 0x61, 0, 0, 0, 0]) }
      #expect(throws: FieldSection.Fault.self) { try FieldSection.read(&section) }
    }
  }

  static let lengths: [([String], ContentLength)] = [
    (["5"], .octets(5)), (["5", "5"], .octets(5)), (["5, 5"], .malformed), ([], .none), (["5", "6"], .malformed),
    (["5, 6"], .malformed), (["+5"], .malformed), (["-5"], .malformed), ([""], .malformed), (["5,"], .malformed),
    (["0x5"], .malformed), (["99999999999999999999"], .malformed), (["5 5"], .malformed),
  ]

  @Test(arguments: lengths)
  func `a Content-Length is digits, and one`(_ values: [String], _ expected: ContentLength) {
    var fields = HTTPFields()
    for value in values { fields.append(HTTPField(name: .contentLength, value: value)) }
    #expect(ContentLength(fields) == expected)
  }
}
