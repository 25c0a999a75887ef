extension JSONReader {
  /// Reads text from its first quote to its last.
  mutating func readText() throws(RequestProblem) -> String {
    position += 1
    var text: [UInt8] = []
    while let octet = next {
      switch octet {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw fault("This text is not UTF-8") }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        position += 1
        text.append(contentsOf: String(try readEscape()).utf8)
      case ..<0x20: throw fault("A control character in text must be written as an escape, such as \\n")
      default:
        text.append(octet)
        position += 1
      }
    }
    throw fault("This text has no end")
  }

  private mutating func readEscape() throws(RequestProblem) -> Unicode.Scalar {
    guard let octet = next else { throw fault("This text has no end") }
    let scalar: Unicode.Scalar
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(octet)
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{C}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    case UInt8(ascii: "u"):
      position += 1
      return try readScalar()
    default: throw fault("JSON has no such escape")
    }
    position += 1
    return scalar
  }

  /// The scalar of one or two escapes of four hexadecimal digits (RFC 8259, 7). Half a pair becomes U+FFFD, which is what a browser sends for it.
  private mutating func readScalar() throws(RequestProblem) -> Unicode.Scalar {
    let unit = try readHex()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let start = position
    guard unit < 0xDC00, next == UInt8(ascii: "\\") else { return "\u{FFFD}" }
    position += 1
    guard next == UInt8(ascii: "u") else {
      position = start
      return "\u{FFFD}"
    }
    position += 1
    let low = try readHex()
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar((unit - 0xD800) << 10 + (low - 0xDC00) + 0x10000)
    else {
      position = start
      return "\u{FFFD}"
    }
    return scalar
  }

  private mutating func readHex() throws(RequestProblem) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let octet = next, let digit = Character(Unicode.Scalar(octet)).hexDigitValue else {
        throw fault("Four hexadecimal digits must stand behind \\u")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
