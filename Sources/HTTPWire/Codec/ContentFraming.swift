/// How the content of a message is delimited (RFC 9112, section 6.3).
package enum ContentFraming: Sendable, Equatable {
  /// There is none.
  case none
  /// So many octets, 0 or more.
  case length(Int)
  case chunked
  /// All up to the end of the connection; answers only.
  case untilClose
}

/// What the fields of a head say about where the message ends. The parser notes it as the fields come by.
struct FramingFields: Equatable {
  var length: Int?
  var chunked = false
  /// The `Host` fields, which mean something in a request only, and whether one is no authority.
  var hosts = 0
  var hasBadHost = false

  /// Whether a head of HTTP/1.0, or one with both lengths, is unambiguous.
  func check(isHTTP11: Bool) throws(WireFault) {
    guard chunked else { return }
    guard isHTTP11, length == nil else { throw WireFault(.ambiguousFraming) }
  }

  /// A `Content-Length`: one or more digits (RFC 9110, section 8.6).
  mutating func take(length octets: UnsafeRawBufferPointer) throws(WireFault) {
    guard length == nil, !octets.isEmpty else { throw WireFault(.length) }
    var value = 0
    for octet in octets {
      guard (0x30...0x39).contains(octet) else { throw WireFault(.length) }
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, above) = product.addingReportingOverflow(Int(octet - 0x30))
      guard !over, !above else { throw WireFault(.length) }
      value = sum
    }
    length = value
  }

  /// A `Transfer-Encoding`: `chunked` once, in one field. Known to be another coding: ``WireFault/Kind/coding``;
  /// `chunked` twice, or with something after it: ``WireFault/Kind/ambiguousFraming``.
  mutating func take(coding octets: UnsafeRawBufferPointer) throws(WireFault) {
    guard !chunked else { throw WireFault(.ambiguousFraming) }
    if Octets.equal(octets, "chunked") {
      chunked = true
      return
    }
    var sawChunked = false
    for part in octets.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let part = Octets.trim(UnsafeRawBufferPointer(rebasing: part))
      guard !sawChunked, let first = part.first, Octets.isToken(first) else { throw WireFault(.ambiguousFraming) }
      sawChunked = Octets.equal(part, "chunked")
    }
    throw WireFault(.coding)
  }
}
