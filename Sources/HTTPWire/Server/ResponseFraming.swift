import HTTPTypes
import NIOCore
import NIOHTTP1

/// How the content of an answer is delimited, and the octets that say so (RFC 9112, sections 4, 6 and 7).
struct ResponseFraming: Sendable, Equatable {
  enum Body: Sendable, Equatable {
    /// The answer has no content, whatever its fields say (HEAD, 204, 304).
    case none
    /// That many octets are still to come.
    case length(Int)
    case chunked
    /// Until the connection ends; for a client of HTTP/1.0.
    case untilClose
  }

  private(set) var body: Body
  /// Whether the connection must end after this answer.
  private(set) var closes: Bool

  /// Chooses the framing of an answer.
  /// - Returns: nil when the fields hold a `Content-Length` that is not one number.
  init?(status: Int, fields: HTTPFields, request: RequestHead.Framing) {
    let lengths = fields[values: .contentLength]
    var length: Int?
    if let first = lengths.first {
      guard lengths.allSatisfy({ $0 == first }), let value = Self.length(first) else { return nil }
      length = value
    }
    closes = !request.keepAlive
    if request.isHead || status == 204 || status == 304 || status < 200 {
      body = .none
    } else if let length {
      body = .length(length)
    } else if request.isHTTP11 {
      body = .chunked
    } else {
      body = .untilClose
      closes = true
    }
  }

  private static func length(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  /// The octets of a status line and fields. Framing fields of the caller give way to those of `body`.
  func head(status: Int, fields: HTTPFields) -> ByteBuffer {
    var octets = Self.statusLine(status)
    for field in fields {
      if field.name == .transferEncoding || field.name == .connection { continue }
      // 204 must not have one (RFC 9110, section 8.6); HEAD and 304 may, it is what a GET would have.
      if field.name == .contentLength, status == 204 { continue }
      Self.write(field, to: &octets)
    }
    if body == .chunked { octets.writeString("transfer-encoding: chunked\r\n") }
    octets.writeString(closes ? "connection: close\r\n\r\n" : "\r\n")
    return octets
  }

  /// An interim answer; it has no content.
  static func interim(status: Int, fields: HTTPFields) -> ByteBuffer {
    var octets = statusLine(status)
    for field in fields { write(field, to: &octets) }
    octets.writeString("\r\n")
    return octets
  }

  /// The octets on the wire for a part of the content.
  /// - Returns: nil when there is more than `Content-Length` said. Empty when nothing is to be written.
  mutating func write(_ part: ByteBuffer) -> ByteBuffer? {
    let count = part.readableBytes
    switch body {
    case .none:
      return ByteBuffer()
    case .length(let left):
      guard count <= left else { return nil }
      body = .length(left - count)
      return part
    case .untilClose:
      return part
    case .chunked:
      guard count > 0 else { return ByteBuffer() }
      var part = part
      var octets = ByteBuffer()
      octets.reserveCapacity(count + 20)
      octets.writeString(String(count, radix: 16))
      octets.writeString("\r\n")
      octets.writeBuffer(&part)
      octets.writeString("\r\n")
      return octets
    }
  }

  /// The octets that end the content.
  /// - Returns: nil when there was less than `Content-Length` said.
  func end(trailers: HTTPFields?) -> ByteBuffer? {
    switch body {
    case .none, .untilClose, .length(0): return ByteBuffer()
    case .length: return nil
    case .chunked:
      var octets = ByteBuffer(string: "0\r\n")
      for field in trailers ?? [:] { Self.write(field, to: &octets) }
      octets.writeString("\r\n")
      return octets
    }
  }

  /// The usual reason phrase of a status.
  static func reason(_ status: Int) -> String {
    // 103 (RFC 8297) is younger than the library's table.
    status == 103 ? "Early Hints" : HTTPResponseStatus(statusCode: status).reasonPhrase
  }

  private static func statusLine(_ status: Int) -> ByteBuffer {
    let code = (100...999).contains(status) ? status : 500
    var octets = ByteBuffer()
    octets.reserveCapacity(512)
    octets.writeString("HTTP/1.1 \(code) \(reason(code))\r\n")
    return octets
  }

  private static func write(_ field: HTTPField, to octets: inout ByteBuffer) {
    octets.writeString(field.name.rawName)
    octets.writeString(": ")
    field.withUnsafeBytesOfValue { _ = octets.writeBytes($0) }
    octets.writeString("\r\n")
  }

  /// From now on the connection ends after the answer. Only before the head.
  mutating func closeAfter() { closes = true }
}
