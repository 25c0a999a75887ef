import HTTPTypes
import NIOCore

/// Reads the head of an answer whose octets are all there.
enum ResponseHeadParser {
  /// - Parameters:
  ///   - size: how many of the buffer's octets are the head, its empty line among them.
  ///   - method: that of the request.
  static func parse(
    _ buffer: ByteBuffer, size: Int, limits: HeadLimits, method: HTTPRequest.Method
  ) throws(WireFault) -> (WireResponseHead, ContentFraming) {
    let result = buffer.withUnsafeReadableBytes { octets in
      Result { () throws(WireFault) in
        try parse(UnsafeRawBufferPointer(rebasing: octets[..<size]), limits: limits, method: method)
      }
    }
    return try result.get()
  }

  private static func parse(
    _ octets: UnsafeRawBufferPointer, limits: HeadLimits, method: HTTPRequest.Method
  ) throws(WireFault) -> (WireResponseHead, ContentFraming) {
    var reader = LineReader(octets)
    let isHTTP11 = try reader.version()
    try reader.expect(Octets.space, else: .startLine)
    var status = 0
    for _ in 0..<3 {
      guard Octets.isDigit(reader.current) else { throw WireFault(.startLine) }
      status = status * 10 + Int(reader.current - 0x30)
      reader.skip()
    }
    guard status >= 100 else { throw WireFault(.startLine) }
    // The space before an empty reason phrase is often left out.
    if reader.current != Octets.carriageReturn { try reader.expect(Octets.space, else: .startLine) }
    _ = try reader.value(else: .startLine)
    var fields = FramingFields()
    let head = WireResponseHead(
      status: status, isHTTP11: isHTTP11,
      fields: try reader.fields(max: limits.maxFieldCount, fault: .field, framing: &fields))
    try fields.check(isHTTP11: isHTTP11)
    return (head, framing(status: status, fields: fields, method: method))
  }

  /// RFC 9112, section 6.3.
  private static func framing(
    status: Int, fields: FramingFields, method: HTTPRequest.Method
  ) -> ContentFraming {
    if method == .head || status < 200 || status == 204 || status == 304 { return .none }
    if fields.chunked { return .chunked }
    return fields.length.map { .length($0) } ?? .untilClose
  }
}
