extension JSONValue {
  /// The value as compact JSON text. Members of objects come in the order of their names, so that equal values
  /// make equal text. A number that is not finite has no JSON form and becomes `null`.
  package var text: String {
    var octets: [UInt8] = []
    write(to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  func write(to octets: inout [UInt8]) {
    switch self {
    case .null: octets += "null".utf8
    case .bool(let value): octets += (value ? "true" : "false").utf8
    case .integer(let value): octets += String(value).utf8
    case .number(let value): octets += (value.isFinite ? "\(value)" : "null").utf8
    case .string(let value): Self.write(value, to: &octets)
    case .array(let values):
      octets.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { octets.append(UInt8(ascii: ",")) }
        value.write(to: &octets)
      }
      octets.append(UInt8(ascii: "]"))
    case .object(let members):
      octets.append(UInt8(ascii: "{"))
      for (index, (name, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { octets.append(UInt8(ascii: ",")) }
        Self.write(name, to: &octets)
        octets.append(UInt8(ascii: ":"))
        value.write(to: &octets)
      }
      octets.append(UInt8(ascii: "}"))
    }
  }

  /// A JSON string; only what must be escaped is (RFC 8259, section 7).
  static func write(_ string: String, to octets: inout [UInt8]) {
    var string = string
    octets.append(UInt8(ascii: "\""))
    string.withUTF8 { utf8 in
      var start = 0
      for index in 0..<utf8.count {
        let octet = utf8[index]
        guard octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") else { continue }
        octets += utf8[start..<index]
        start = index + 1
        escape(octet, to: &octets)
      }
      octets += utf8[start..<utf8.count]
    }
    octets.append(UInt8(ascii: "\""))
  }

  private static func escape(_ octet: UInt8, to octets: inout [UInt8]) {
    octets.append(UInt8(ascii: "\\"))
    switch octet {
    case 0x0A: octets.append(UInt8(ascii: "n"))
    case 0x0D: octets.append(UInt8(ascii: "r"))
    case 0x09: octets.append(UInt8(ascii: "t"))
    case 0x00..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      octets += "u00".utf8
      octets.append(digits[Int(octet >> 4)])
      octets.append(digits[Int(octet & 0x0F)])
    default: octets.append(octet)
    }
  }
}
