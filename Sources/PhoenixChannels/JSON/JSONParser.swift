/// Why a text is not JSON, and where.
package struct JSONError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case malformed
    /// Arrays and objects nest deeper than ``JSONValue/maxDepth``.
    case tooDeep
    /// There are more arrays and objects than ``JSONValue/maxContainers``, or more values than ``JSONValue/maxValues``.
    case tooMany
  }

  package var kind: Kind
  /// The octet in the text, from 0, at which it is wrong.
  package var offset: Int

  package init(kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension JSONValue {
  /// Decodes JSON text (RFC 8259): strict, nested at most ``maxDepth`` deep, with at most ``maxContainers`` arrays and
  /// objects and ``maxValues`` values: each takes memory that its text does not show. Of two members with one name the last
  /// counts. Lone surrogates in `\u` escapes are refused.
  package init(parsing text: String) throws(JSONError) {
    var text = text
    let result = text.withUTF8 { octets in
      var parser = JSONParser(octets: octets)
      return parser.document()
    }
    self = try result.get()
  }
}

/// A recursive descent over UTF-8 that was checked before.
private struct JSONParser {
  let octets: UnsafeBufferPointer<UInt8>
  var index = 0
  /// How many more there may be.
  private var containersLeft = JSONValue.maxContainers
  private var valuesLeft = JSONValue.maxValues

  init(octets: UnsafeBufferPointer<UInt8>) {
    self.octets = octets
  }

  mutating func document() -> Result<JSONValue, JSONError> {
    do throws(JSONError) {
      let value = try value(depth: 0)
      skipSpace()
      guard index == octets.count else { throw malformed }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  private var malformed: JSONError { JSONError(kind: .malformed, offset: index) }

  private var current: UInt8? { index < octets.count ? octets[index] : nil }

  private mutating func skipSpace() {
    while let octet = current, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { index += 1 }
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    valuesLeft -= 1
    guard valuesLeft >= 0 else { throw JSONError(kind: .tooMany, offset: index) }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let count = word.utf8CodeUnitCount
    guard index + count <= octets.count else { throw malformed }
    for offset in 0..<count where octets[index + offset] != word.utf8Start[offset] { throw malformed }
    index += count
    return value
  }

  /// At the beginning of an array or object.
  private mutating func enter(depth: Int) throws(JSONError) {
    guard depth <= JSONValue.maxDepth else { throw JSONError(kind: .tooDeep, offset: index) }
    containersLeft -= 1
    guard containersLeft >= 0 else { throw JSONError(kind: .tooMany, offset: index) }
    index += 1
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    try enter(depth: depth)
    skipSpace()
    if current == UInt8(ascii: "]") {
      index += 1
      return .array([])
    }
    let first = try value(depth: depth)
    guard try more(end: UInt8(ascii: "]")) else { return .array([first]) }
    var values: [JSONValue] = []
    values.reserveCapacity(5)
    values.append(first)
    while true {
      values.append(try value(depth: depth))
      if try !more(end: UInt8(ascii: "]")) { return .array(values) }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    try enter(depth: depth)
    skipSpace()
    if current == UInt8(ascii: "}") {
      index += 1
      return .object([:])
    }
    let first = try member(depth: depth)
    guard try more(end: UInt8(ascii: "}")) else { return .object([first.name: first.value]) }
    // Room for what most objects have: to grow would hash the names anew.
    var members = [String: JSONValue](minimumCapacity: 8)
    members[first.name] = first.value
    while true {
      let next = try member(depth: depth)
      members[next.name] = next.value
      if try !more(end: UInt8(ascii: "}")) { return .object(members) }
    }
  }

  private mutating func member(depth: Int) throws(JSONError) -> (name: String, value: JSONValue) {
    skipSpace()
    guard current == UInt8(ascii: "\"") else { throw malformed }
    let name = try string()
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw malformed }
    index += 1
    return (name, try value(depth: depth))
  }

  /// After an element: whether another one follows.
  private mutating func more(end: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    guard let octet = current, octet == UInt8(ascii: ",") || octet == end else { throw malformed }
    index += 1
    return octet != end
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = index
    if current == UInt8(ascii: "-") { index += 1 }
    let first = current
    let whole = digits()
    guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw malformed }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      index += 1
      guard digits() > 0 else { throw malformed }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      index += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
      guard digits() > 0 else { throw malformed }
    }
    let text = String(decoding: octets[start..<index], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw malformed }
    return .number(value)
  }

  private mutating func digits() -> Int {
    let start = index
    while let octet = current, (0x30...0x39).contains(octet) { index += 1 }
    return index - start
  }

  private mutating func string() throws(JSONError) -> String {
    index += 1
    let first = run()
    if current == UInt8(ascii: "\"") {
      index += 1
      return String(decoding: first, as: UTF8.self)
    }
    var text = Array(first)
    while let octet = current {
      index += 1
      switch octet {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      default:
        index -= 1
        throw malformed
      }
      text += run()
    }
    throw malformed
  }

  /// The octets up to the next quote, backslash or control.
  private mutating func run() -> UnsafeBufferPointer<UInt8> {
    let start = index
    index = JSONPlainText.end(in: octets, from: start)
    return UnsafeBufferPointer(rebasing: octets[start..<index])
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let octet = current else { throw malformed }
    index += 1
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(octet)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800...0xDBFF).contains(code) {
        guard current == UInt8(ascii: "\\") else { throw malformed }
        index += 1
        guard current == UInt8(ascii: "u") else { throw malformed }
        index += 1
        let low = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(low) else { throw malformed }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw malformed }
      text += String(Character(scalar)).utf8
    default: throw malformed
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let octet = current else { throw malformed }
      switch octet {
      case 0x30...0x39: code = code << 4 | UInt32(octet - 0x30)
      case 0x41...0x46: code = code << 4 | UInt32(octet - 0x41 + 10)
      case 0x61...0x66: code = code << 4 | UInt32(octet - 0x61 + 10)
      default: throw malformed
      }
      index += 1
    }
    return code
  }
}
