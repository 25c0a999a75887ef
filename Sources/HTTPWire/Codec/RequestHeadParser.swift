import HTTPTypes
import NIOCore

/// Reads the head of a request whose octets are all there.
enum RequestHeadParser {
  /// - Parameter size: how many of the buffer's octets are the head, its empty line among them.
  static func parse(
    _ buffer: ByteBuffer, size: Int, limits: HeadLimits
  ) throws(WireFault) -> (WireRequestHead, ContentFraming) {
    let result = buffer.withUnsafeReadableBytes { octets in
      Result { () throws(WireFault) in
        try parse(UnsafeRawBufferPointer(rebasing: octets[..<size]), limits: limits)
      }
    }
    return try result.get()
  }

  private static func parse(
    _ octets: UnsafeRawBufferPointer, limits: HeadLimits
  ) throws(WireFault) -> (WireRequestHead, ContentFraming) {
    var reader = LineReader(octets)
    let method = try method(reader.token(else: .startLine))
    try reader.expect(Octets.space, else: .startLine)
    let target = try reader.visible(else: .target)
    guard let form = TargetForm(target, isConnect: method == .connect) else { throw WireFault(.target) }
    try reader.expect(Octets.space, else: .target)
    let isHTTP11 = try reader.version()
    try reader.expectLineEnd(else: .startLine)
    var framing = FramingFields()
    let fields = try reader.fields(max: limits.maxFieldCount, fault: .field, framing: &framing)
    try framing.check(isHTTP11: isHTTP11)
    guard framing.hosts == 1 || (framing.hosts == 0 && !isHTTP11), !framing.hasBadHost else { throw WireFault(.host) }
    if case .absolute(let range) = form, framing.hosts == 1 {
      guard names(UnsafeRawBufferPointer(rebasing: target[range]), fields) else { throw WireFault(.host) }
    }
    let head = WireRequestHead(
      method: method, target: String(decoding: target, as: UTF8.self), isHTTP11: isHTTP11, fields: fields)
    if framing.chunked { return (head, .chunked) }
    return (head, framing.length.map { .length($0) } ?? .none)
  }

  /// Whether `Host` is the authority of the target, in any case.
  private static func names(_ authority: UnsafeRawBufferPointer, _ fields: HTTPFields) -> Bool {
    guard let host = fields.first(where: { $0.name.canonicalName == "host" }) else { return false }
    return host.withUnsafeBytesOfValue { value in
      String(decoding: value, as: UTF8.self).lowercased() == String(decoding: authority, as: UTF8.self).lowercased()
    }
  }

  private static func method(_ octets: UnsafeRawBufferPointer) throws(WireFault) -> HTTPRequest.Method {
    if octets.count == 3, octets.elementsEqual("GET".utf8) { return .get }
    guard let method = HTTPRequest.Method(String(decoding: octets, as: UTF8.self)) else {
      throw WireFault(.startLine)
    }
    return method
  }
}
