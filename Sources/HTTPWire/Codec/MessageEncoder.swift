package import HTTPTypes
package import NIOCore

/// Writes messages of HTTP/1.1 (RFC 9112), fields octet for octet. The framing fields are the caller's matter.
///
/// No octet that ends a line can come from a caller: methods, names and values are checked by their types, the target
/// is checked here.
package enum MessageEncoder {
  /// Writes the request line, the fields, and the empty line.
  /// - Throws: ``WireFault/Kind/target`` when the target is empty or holds another octet than visible ASCII.
  package static func write(_ head: WireRequestHead, into buffer: inout ByteBuffer) throws(WireFault) {
    guard !head.target.isEmpty, head.target.utf8.allSatisfy(Octets.isVisible) else { throw WireFault(.target) }
    buffer.writeString(head.method.rawValue)
    buffer.writeInteger(Octets.space)
    buffer.writeString(head.target)
    buffer.writeString(head.isHTTP11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n")
    write(head.fields, into: &buffer)
    buffer.writeString("\r\n")
  }

  /// Writes the status line, the fields, and the empty line. The version is HTTP/1.1 always (RFC 9110, section 2.5).
  package static func write(_ head: WireResponseHead, into buffer: inout ByteBuffer) {
    write(status: head.status, into: &buffer)
    write(head.fields, into: &buffer)
    buffer.writeString("\r\n")
  }

  /// Writes a status line. A status outside 100 to 999 is written as 500.
  package static func write(status: Int, into buffer: inout ByteBuffer) {
    if status == 200 {
      buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
      return
    }
    let status = (100...999).contains(status) ? status : 500
    buffer.writeStaticString("HTTP/1.1 ")
    buffer.writeString(String(status))
    buffer.writeInteger(Octets.space)
    buffer.writeString(ReasonPhrase.of(status))
    buffer.writeStaticString("\r\n")
  }

  /// Writes field lines.
  package static func write(_ fields: HTTPFields, into buffer: inout ByteBuffer) {
    for field in fields { write(field, into: &buffer) }
  }

  /// Writes a field line.
  package static func write(_ field: HTTPField, into buffer: inout ByteBuffer) {
    var name = field.name.rawName
    name.withUTF8 { name in
      field.withUnsafeBytesOfValue { value in
        let size = name.count + value.count + 4
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { line in
          line.copyMemory(from: UnsafeRawBufferPointer(name))
          line[name.count] = Octets.colon
          line[name.count + 1] = Octets.space
          UnsafeMutableRawBufferPointer(rebasing: line[(name.count + 2)...]).copyMemory(
            from: UnsafeRawBufferPointer(value))
          line[size - 2] = Octets.carriageReturn
          line[size - 1] = Octets.lineFeed
          return size
        }
      }
    }
  }

  /// Writes what stands before the octets of a chunk. After them, CR LF must be written.
  /// - Parameter count: how many octets; more than 0, since an empty chunk would be the last one.
  package static func writeChunkSize(_ count: Int, into buffer: inout ByteBuffer) {
    buffer.writeString(String(count, radix: 16))
    buffer.writeStaticString("\r\n")
  }

  /// Writes a chunk; nothing for an empty one.
  package static func writeChunk(_ octets: ByteBuffer, into buffer: inout ByteBuffer) {
    guard octets.readableBytes > 0 else { return }
    writeChunkSize(octets.readableBytes, into: &buffer)
    buffer.writeImmutableBuffer(octets)
    buffer.writeStaticString("\r\n")
  }

  /// Writes the last chunk and the trailer section. Fields that frame or route a message are left out
  /// (RFC 9110, section 6.5.1).
  package static func writeLastChunk(trailers: HTTPFields? = nil, into buffer: inout ByteBuffer) {
    buffer.writeStaticString("0\r\n")
    for field in trailers ?? [:] where !isForbiddenInTrailers(field.name) {
      write(field, into: &buffer)
    }
    buffer.writeStaticString("\r\n")
  }

  private static func isForbiddenInTrailers(_ name: HTTPField.Name) -> Bool {
    name == .contentLength || name == .transferEncoding || name.canonicalName == "host"
  }
}
