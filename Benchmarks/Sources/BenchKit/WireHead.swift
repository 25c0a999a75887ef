/// What a benchmark needs of the head of an HTTP/1.1 message (RFC 9112).
package struct WireHead: Sendable {
  /// The first line, of a request only: an answer's is not made into text.
  package var requestLine = ""
  /// The status, of an answer only.
  package var status = 0
  /// `Content-Length`.
  package var length: Int?
  /// Whether `Transfer-Encoding` is there; the only coding that a benchmark sees is `chunked`.
  package var isChunked = false

  /// Reads the octets of a head, without the empty line at its end.
  init(_ octets: UnsafeRawBufferPointer, isRequest: Bool) {
    var start = 0
    var isFirst = true
    while start < octets.count {
      var end = start
      while end < octets.count, octets[end] != UInt8(ascii: "\n") { end += 1 }
      let line = UnsafeRawBufferPointer(rebasing: octets[start..<end])
      if isFirst {
        if isRequest {
          requestLine = String(decoding: line, as: UTF8.self)
        } else {
          status = Self.number(line, from: 9) ?? 0
        }
        isFirst = false
      } else if Self.begins(line, with: "content-length:") {
        length = Self.number(line, from: 15)
      } else if Self.begins(line, with: "transfer-encoding:") {
        isChunked = true
      }
      start = end + 1
    }
  }

  /// The target of a request line.
  package var target: Substring {
    let parts = requestLine.split(separator: " ", maxSplits: 2)
    return parts.count > 1 ? parts[1] : ""
  }

  private static func begins(_ line: UnsafeRawBufferPointer, with name: StaticString) -> Bool {
    guard line.count > name.utf8CodeUnitCount else { return false }
    for index in 0..<name.utf8CodeUnitCount where line[index] | 0x20 != name.utf8Start[index] | 0x20 { return false }
    return true
  }

  private static func number(_ line: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var value: Int?
    for octet in line.dropFirst(start) {
      if octet == UInt8(ascii: " "), value == nil { continue }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet), (value ?? 0) < 1 << 50 else { break }
      value = (value ?? 0) * 10 + Int(octet - UInt8(ascii: "0"))
    }
    return value
  }
}
