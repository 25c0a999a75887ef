import NIOCore

extension JSONValue {
  /// The value as compact JSON text. Members of objects come in the order of their names, so that equal values
  /// make equal text. A number that is not finite has no JSON form and becomes `null`.
  package var text: String {
    var octets = ByteBuffer()
    write(to: &octets)
    return String(buffer: octets)
  }

  /// Writes the value as ``text`` has it, as UTF-8.
  func write(to octets: inout ByteBuffer) {
    switch self {
    case .null: octets.writeStaticString("null")
    case .bool(let value): octets.writeStaticString(value ? "true" : "false")
    case .integer(let value): octets.writeString(String(value))
    case .number(let value): octets.writeString(value.isFinite ? "\(value)" : "null")
    case .string(let value): Self.write(value, to: &octets)
    case .array(let values):
      octets.writeInteger(UInt8(ascii: "["))
      var isFirst = true
      for value in values {
        if !isFirst { octets.writeInteger(UInt8(ascii: ",")) }
        isFirst = false
        value.write(to: &octets)
      }
      octets.writeInteger(UInt8(ascii: "]"))
    case .object(let members):
      octets.writeInteger(UInt8(ascii: "{"))
      var isFirst = true
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        if !isFirst { octets.writeInteger(UInt8(ascii: ",")) }
        isFirst = false
        Self.write(name, to: &octets)
        octets.writeInteger(UInt8(ascii: ":"))
        value.write(to: &octets)
      }
      octets.writeInteger(UInt8(ascii: "}"))
    }
  }

  /// A JSON string; only what must be escaped is (RFC 8259, section 7), the runs between are copied whole.
  static func write(_ string: String, to octets: inout ByteBuffer) {
    var string = string
    octets.writeInteger(UInt8(ascii: "\""))
    string.withUTF8 { utf8 in
      var start = 0
      while true {
        let end = JSONPlainText.end(in: utf8, from: start)
        octets.writeBytes(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: utf8[start..<end])))
        guard end < utf8.count else { return }
        escape(utf8[end], to: &octets)
        start = end + 1
      }
    }
    octets.writeInteger(UInt8(ascii: "\""))
  }

  private static func escape(_ octet: UInt8, to octets: inout ByteBuffer) {
    octets.writeInteger(UInt8(ascii: "\\"))
    switch octet {
    case 0x0A: octets.writeInteger(UInt8(ascii: "n"))
    case 0x0D: octets.writeInteger(UInt8(ascii: "r"))
    case 0x09: octets.writeInteger(UInt8(ascii: "t"))
    case 0x00..<0x20:
      octets.writeStaticString("u00")
      octets.writeInteger(UInt8(ascii: "0") + octet >> 4)
      let low = octet & 0x0F
      octets.writeInteger(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    default: octets.writeInteger(octet)
    }
  }
}
