import HTTPTypes

/// Walks through the octets of a section whose lines all end with LF, the last line being empty.
struct LineReader {
  let octets: UnsafeRawBufferPointer
  private(set) var index = 0

  init(_ octets: UnsafeRawBufferPointer) {
    self.octets = octets
  }

  /// The octet here; CR where there is none, which nothing takes for a part of itself.
  @inline(__always) var current: UInt8 {
    index < octets.count ? octets[index] : Octets.carriageReturn
  }

  @inline(__always) mutating func skip() { index += 1 }

  /// The octets from `start` to here.
  func slice(from start: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: octets[start..<index])
  }

  /// Goes past an octet that must stand here.
  mutating func expect(_ octet: UInt8, else kind: WireFault.Kind) throws(WireFault) {
    guard index < octets.count, octets[index] == octet else { throw WireFault(kind) }
    index += 1
  }

  /// Goes past CR LF, which must stand here. A CR without its LF is a fault of its own.
  mutating func expectLineEnd(else kind: WireFault.Kind) throws(WireFault) {
    try expect(Octets.carriageReturn, else: kind)
    try expect(Octets.lineFeed, else: .lineEnd)
  }

  /// Goes past one or more octets of a token.
  mutating func token(else kind: WireFault.Kind) throws(WireFault) -> UnsafeRawBufferPointer {
    let start = index
    while index < octets.count, Octets.isToken(octets[index]) { index += 1 }
    guard index > start else { throw WireFault(kind) }
    return slice(from: start)
  }

  /// Goes past one or more visible octets.
  mutating func visible(else kind: WireFault.Kind) throws(WireFault) -> UnsafeRawBufferPointer {
    let start = index
    while index < octets.count, Octets.isVisible(octets[index]) { index += 1 }
    guard index > start else { throw WireFault(kind) }
    return slice(from: start)
  }

  /// Goes past the rest of a line and its end, and returns it without the spaces around it.
  mutating func value(else kind: WireFault.Kind) throws(WireFault) -> UnsafeRawBufferPointer {
    let start = index
    while index < octets.count, Octets.isFieldValue(octets[index]) { index += 1 }
    let value = Octets.trim(slice(from: start))
    try expectLineEnd(else: kind)
    return value
  }

  /// Goes past `HTTP/1.0` or `HTTP/1.1`.
  /// - Returns: whether it is HTTP/1.1.
  mutating func version() throws(WireFault) -> Bool {
    let size = 8
    guard index + size <= octets.count else { throw WireFault(.startLine) }
    let text = UnsafeRawBufferPointer(rebasing: octets[index..<index + size])
    guard text.starts(with: "HTTP/".utf8), Octets.isDigit(text[5]), text[6] == UInt8(ascii: "."),
      Octets.isDigit(text[7])
    else { throw WireFault(.startLine) }
    index += size
    guard text[5] == UInt8(ascii: "1"), text[7] <= UInt8(ascii: "1") else { throw WireFault(.version) }
    return text[7] == UInt8(ascii: "1")
  }

  /// Reads field lines up to the empty line, and notes what frames the message.
  mutating func fields(
    max: Int, fault: WireFault.Kind, framing: inout FramingFields
  ) throws(WireFault) -> HTTPFields {
    // More than 65,534 fields are a trap of the type.
    let max = min(max, 65_000)
    // A head may be kept for hours, and holds no more than it needs: a place for each line but the empty one.
    var fields = HTTPFields()
    fields.reserveCapacity(min(max, octets[index...].count { $0 == Octets.lineFeed } - 1))
    while current != Octets.carriageReturn {
      guard fields.count < max else { throw WireFault(fault == .field ? .headTooLarge : fault) }
      let name = try token(else: fault)
      try expect(Octets.colon, else: fault)
      let value = try value(else: fault)
      guard let known = FieldNames.shared.name(name) else { throw WireFault(fault) }
      switch known.role {
      case .plain: break
      case .length: try framing.take(length: value)
      case .coding: try framing.take(coding: value)
      case .host:
        framing.hosts += 1
        if !TargetForm.isAuthority(value) { framing.hasBadHost = true }
      }
      // Made faster from text, in which octets that are no UTF-8 would not stay what they are.
      let isASCII = value.allSatisfy { $0 < 0x80 }
      fields.append(
        isASCII
          ? HTTPField(name: known.name, value: String(decoding: value, as: UTF8.self))
          : HTTPField(name: known.name, value: value))
    }
    try expectLineEnd(else: fault)
    return fields
  }
}
