import NIOCore

/// Reads the chunked coding up to its trailer section (RFC 9112, section 7.1), octet by octet but for the content, so
/// that nothing is kept of what came in parts.
struct ChunkedDecoder {
  enum Outcome: Equatable {
    case content(ByteBuffer)
    case needsMore
    /// The last chunk was read; the trailer section is next.
    case lastChunk
  }

  private enum State {
    case size(digits: Int, value: Int)
    case extensionName(size: Int, isEmpty: Bool)
    case extensionValue(size: Int, isEmpty: Bool)
    case quoted(size: Int)
    case escaped(size: Int)
    case afterQuoted(size: Int)
    case sizeLineFeed(size: Int)
    case data(left: Int)
    case dataReturn
    case dataLineFeed
  }

  /// The most octets of extensions that one chunk may have.
  static let maxExtension = 1024
  /// How many octets of extensions a body may have more than it has content.
  static let maxExcess = 16 << 10

  private var state = State.size(digits: 0, value: 0)
  private var extensionSize = 0
  private var excess = 0

  /// Reads on.
  mutating func next(from buffer: inout ByteBuffer) throws(WireFault) -> Outcome {
    while true {
      if case .data(let left) = state {
        guard buffer.readableBytes > 0 else { return .needsMore }
        let count = min(left, buffer.readableBytes)
        guard let content = buffer.readSlice(length: count) else { return .needsMore }
        excess = max(0, excess - count)
        state = count == left ? .dataReturn : .data(left: left - count)
        return .content(content)
      }
      guard let octet = buffer.readInteger(as: UInt8.self) else { return .needsMore }
      if try take(octet) { return .lastChunk }
    }
  }

  /// - Returns: whether the last chunk was read.
  private mutating func take(_ octet: UInt8) throws(WireFault) -> Bool {
    switch state {
    case .size(let digits, let value):
      if let digit = Octets.hexadecimal(octet) {
        // Sixteen digits at most, and no more than fits.
        guard digits < 16, value <= Int.max >> 4 else { throw WireFault(.chunk) }
        state = .size(digits: digits + 1, value: value << 4 | digit)
      } else {
        guard digits > 0 else { throw WireFault(.chunk) }
        try endSize(octet, size: value)
      }
    case .extensionName(let size, let isEmpty):
      if Octets.isToken(octet) {
        try countExtension()
        state = .extensionName(size: size, isEmpty: false)
      } else if isEmpty {
        throw WireFault(.chunk)
      } else if octet == UInt8(ascii: "=") {
        try countExtension()
        state = .extensionValue(size: size, isEmpty: true)
      } else {
        try endSize(octet, size: size)
      }
    case .extensionValue(let size, let isEmpty):
      if Octets.isToken(octet) {
        try countExtension()
        state = .extensionValue(size: size, isEmpty: false)
      } else if !isEmpty {
        try endSize(octet, size: size)
      } else {
        guard octet == UInt8(ascii: "\"") else { throw WireFault(.chunk) }
        try countExtension()
        state = .quoted(size: size)
      }
    case .quoted(let size):
      try countExtension()
      switch octet {
      case UInt8(ascii: "\""): state = .afterQuoted(size: size)
      case UInt8(ascii: "\\"): state = .escaped(size: size)
      default: guard Octets.isFieldValue(octet) else { throw WireFault(.chunk) }
      }
    case .escaped(let size):
      try countExtension()
      guard Octets.isFieldValue(octet) else { throw WireFault(.chunk) }
      state = .quoted(size: size)
    case .afterQuoted(let size):
      try endSize(octet, size: size)
    case .sizeLineFeed(let size):
      guard octet == Octets.lineFeed else { throw WireFault(.lineEnd) }
      guard size > 0 else { return true }
      state = .data(left: size)
    case .data: throw WireFault(.chunk)
    case .dataReturn:
      guard octet == Octets.carriageReturn else { throw WireFault(.chunk) }
      state = .dataLineFeed
    case .dataLineFeed:
      guard octet == Octets.lineFeed else { throw WireFault(.lineEnd) }
      extensionSize = 0
      state = .size(digits: 0, value: 0)
    }
    return false
  }

  /// Takes what may follow a size, a name or a value: another extension, or the end of the line.
  private mutating func endSize(_ octet: UInt8, size: Int) throws(WireFault) {
    switch octet {
    case Octets.carriageReturn: state = .sizeLineFeed(size: size)
    case UInt8(ascii: ";"):
      try countExtension()
      state = .extensionName(size: size, isEmpty: true)
    case Octets.lineFeed: throw WireFault(.lineEnd)
    default: throw WireFault(.chunk)
    }
  }

  private mutating func countExtension() throws(WireFault) {
    extensionSize += 1
    excess += 1
    guard extensionSize <= Self.maxExtension, excess <= Self.maxExcess else { throw WireFault(.chunk) }
  }
}
