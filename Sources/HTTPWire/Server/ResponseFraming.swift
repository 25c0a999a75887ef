import HTTPTypes
import NIOCore

/// How the content of an answer is delimited, and the octets that say so (RFC 9112, sections 4, 6 and 7).
struct ResponseFraming: Sendable, Equatable {
  /// `.length` counts what is still to come.
  private(set) var body: ContentFraming
  /// Whether the connection must end after this answer.
  private(set) var closes: Bool
  private let isHTTP11: Bool

  /// Chooses the framing of an answer.
  /// - Returns: nil when the fields hold a `Content-Length` that is not one number.
  init?(status: Int, fields: HTTPFields, request: ReceivedRequest.Framing) {
    var length: Int?
    for field in fields where field.name == .contentLength {
      guard let value = Self.length(field.value), length == nil || length == value else { return nil }
      length = value
    }
    closes = !request.keepAlive
    isHTTP11 = request.isHTTP11
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
    guard !text.isEmpty, text.utf8.allSatisfy(Octets.isDigit) else { return nil }
    return Int(text)
  }

  /// The octets of a status line and fields. Framing fields of the caller give way to those of `body`.
  func head(status: Int, fields: HTTPFields) -> ByteBuffer {
    var octets = ByteBuffer()
    octets.reserveCapacity(512)
    MessageEncoder.write(status: status, into: &octets)
    var sawLength = false
    var sawUpgrade = false
    for field in fields {
      switch field.name {
      case .transferEncoding, .connection: continue
      case .contentLength:
        // 204 must not have one (RFC 9110, section 8.6); HEAD and 304 may, it is what a GET would have.
        if status == 204 || sawLength { continue }
        sawLength = true
      case .upgrade: sawUpgrade = true
      default: break
      }
      MessageEncoder.write(field, into: &octets)
    }
    if body == .chunked { octets.writeStaticString("transfer-encoding: chunked\r\n") }
    if closes {
      octets.writeStaticString("connection: close\r\n")
    } else if !isHTTP11 {
      octets.writeStaticString("connection: keep-alive\r\n")
    }
    // Whoever names a protocol says that this is for the connection (RFC 9110, section 7.8).
    if sawUpgrade { octets.writeStaticString("connection: upgrade\r\n") }
    octets.writeStaticString("\r\n")
    return octets
  }

  /// An interim answer, or 101. It has no content, so fields that would frame it are left out (RFC 9110, section 8.6;
  /// RFC 9112, section 6.1).
  static func interim(status: Int, fields: HTTPFields) -> ByteBuffer {
    var octets = ByteBuffer()
    MessageEncoder.write(status: status, into: &octets)
    for field in fields where field.name != .contentLength && field.name != .transferEncoding {
      MessageEncoder.write(field, into: &octets)
    }
    octets.writeStaticString("\r\n")
    return octets
  }

  /// Adds a part of the content to what is written.
  /// - Returns: false when there is more than `Content-Length` said.
  mutating func add(_ part: ByteBuffer, to piece: inout ResponsePiece) -> Bool {
    let count = part.readableBytes
    switch body {
    case .none: return true
    case .length(let left):
      guard count <= left else { return false }
      body = .length(left - count)
      piece.content = part
    case .untilClose:
      piece.content = part
    case .chunked:
      guard count > 0 else { return true }
      MessageEncoder.writeChunkSize(count, into: &piece.before)
      piece.content = part
      piece.after.writeStaticString("\r\n")
    }
    return true
  }

  /// Adds what ends the content to what is written.
  /// - Returns: false when there was less than `Content-Length` said.
  func end(trailers: HTTPFields?, to piece: inout ResponsePiece) -> Bool {
    switch body {
    case .none, .untilClose, .length(0): return true
    case .length: return false
    case .chunked:
      MessageEncoder.writeLastChunk(trailers: trailers, into: &piece.after)
      return true
    }
  }

  /// From now on the connection ends after the answer. Only before the head.
  mutating func closeAfter() { closes = true }
}
