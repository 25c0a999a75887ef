/// The recursive descent behind ``StrictJSON``. Its depth is bounded, so its stack is.
struct StrictJSONReader {
  private let octets: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ octets: [UInt8]) { self.octets = octets }

  /// Reads one value and the end of the text after it.
  mutating func readAll() throws(StrictJSON.Fault) -> StrictJSON {
    skipSpace()
    let value = try readValue()
    guard position == octets.count else { throw .syntax }
    return value
  }

  private var next: UInt8? { position < octets.count ? octets[position] : nil }

  private mutating func skipSpace() {
    while let octet = next, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
  }

  /// Takes `octet` and the white space after it, if it comes next.
  private mutating func take(_ octet: Character) -> Bool {
    guard next == octet.asciiValue else { return false }
    position += 1
    skipSpace()
    return true
  }

  /// Reads a value and the white space after it.
  private mutating func readValue() throws(StrictJSON.Fault) -> StrictJSON {
    let value: StrictJSON
    switch next {
    case UInt8(ascii: "{"): return try nested { (reader) throws(StrictJSON.Fault) in try reader.readObject() }
    case UInt8(ascii: "["): return try nested { (reader) throws(StrictJSON.Fault) in try reader.readArray() }
    case UInt8(ascii: "\""): value = .string(try readString())
    case UInt8(ascii: "t"): value = try readWord("true", .bool(true))
    case UInt8(ascii: "f"): value = try readWord("false", .bool(false))
    case UInt8(ascii: "n"): value = try readWord("null", .null)
    default: value = try readNumber()
    }
    skipSpace()
    return value
  }

  private mutating func nested(
    _ read: (inout Self) throws(StrictJSON.Fault) -> StrictJSON
  ) throws(StrictJSON.Fault) -> StrictJSON {
    guard depth < StrictJSON.maximumDepth else { throw .tooDeep }
    depth += 1
    let value = try read(&self)
    depth -= 1
    return value
  }

  private mutating func readObject() throws(StrictJSON.Fault) -> StrictJSON {
    var object = StrictJSON.Object()
    _ = take("{")
    if take("}") { return .object(object) }
    repeat {
      guard next == UInt8(ascii: "\"") else { throw .syntax }
      let name = try readString()
      skipSpace()
      guard take(":") else { throw .syntax }
      guard object.add(name, try readValue()) else { throw .repeatedName }
    } while take(",")
    guard take("}") else { throw .syntax }
    return .object(object)
  }

  private mutating func readArray() throws(StrictJSON.Fault) -> StrictJSON {
    var array: [StrictJSON] = []
    _ = take("[")
    if take("]") { return .array(array) }
    repeat { array.append(try readValue()) } while take(",")
    guard take("]") else { throw .syntax }
    return .array(array)
  }

  private mutating func readWord(_ word: StaticString, _ value: StrictJSON) throws(StrictJSON.Fault) -> StrictJSON {
    let end = position + word.utf8CodeUnitCount
    guard end <= octets.count, octets[position..<end].elementsEqual("\(word)".utf8) else { throw .syntax }
    position = end
    return value
  }

  private mutating func readNumber() throws(StrictJSON.Fault) -> StrictJSON {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try readDigits() }
    if next == UInt8(ascii: ".") {
      position += 1
      try readDigits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try readDigits()
    }
    let text = String(decoding: octets[start..<position], as: UTF8.self)
    guard let value = Double(text) else { throw .syntax }
    return .number(value, text: text)
  }

  private mutating func readDigits() throws(StrictJSON.Fault) {
    let start = position
    while let octet = next, octet >= 0x30, octet <= 0x39 { position += 1 }
    guard position > start else { throw .syntax }
  }

  private mutating func readString() throws(StrictJSON.Fault) -> String {
    position += 1
    let start = position
    while let octet = next, octet != UInt8(ascii: "\""), octet != UInt8(ascii: "\\"), octet >= 0x20 { position += 1 }
    var text = Array(octets[start..<position])
    while let octet = next, octet >= 0x20 {
      position += 1
      switch octet {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw .syntax }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: String(try readEscape()).utf8)
      default: text.append(octet)
      }
    }
    throw .syntax
  }

  private mutating func readEscape() throws(StrictJSON.Fault) -> Unicode.Scalar {
    guard let octet = next else { throw .syntax }
    position += 1
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(octet)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw .syntax
    }
    let unit = try readHex()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, next == UInt8(ascii: "\\") else { throw .syntax }
    position += 1
    guard next == UInt8(ascii: "u") else { throw .syntax }
    position += 1
    let low = try readHex()
    guard low >= 0xDC00, low <= 0xDFFF, let scalar = Unicode.Scalar((unit - 0xD800) << 10 + (low - 0xDC00) + 0x10000)
    else { throw .syntax }
    return scalar
  }

  private mutating func readHex() throws(StrictJSON.Fault) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let octet = next, let digit = Character(Unicode.Scalar(octet)).hexDigitValue else { throw .syntax }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
