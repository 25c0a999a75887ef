/// Writes compact JSON text (RFC 8259), as UTF-8.
///
/// What has a fixed shape and is written often needs no ``JSONValue``: its parts are written one by one, and the caller
/// sees to commas and brackets. ``JSONValue/written(_:)`` takes the result.
package struct JSONWriter {
  package private(set) var octets: [UInt8] = []

  /// - Parameter capacity: the octets that there will be, about.
  package init(capacity: Int = 0) { octets.reserveCapacity(capacity) }

  /// Appends text as it is.
  package mutating func append(verbatim text: StaticString) {
    octets.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a string of octets that need no escape, such as base64.
  package mutating func append(plain text: some Sequence<UInt8>) {
    octets.append(UInt8(ascii: "\""))
    octets.append(contentsOf: text)
    octets.append(UInt8(ascii: "\""))
  }

  /// Appends an integer.
  package mutating func append(_ number: Int) { append(digits: String(number)) }

  /// Appends a string; only what must be escaped is (section 7), the runs between are copied whole.
  package mutating func append(string: String) {
    var string = string
    octets.append(UInt8(ascii: "\""))
    string.withUTF8 { utf8 in
      var start = 0
      while true {
        let end = JSONPlainText.end(in: utf8, from: start)
        octets.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<end]))
        guard end < utf8.count else { return }
        append(escaped: utf8[end])
        start = end + 1
      }
    }
    octets.append(UInt8(ascii: "\""))
  }

  /// Appends a value. Members of objects come in the order of their names, so that equal values make equal text. A number
  /// that is not finite has no JSON form and becomes `null`.
  package mutating func append(_ value: JSONValue) {
    switch value {
    case .null: append(verbatim: "null")
    case .bool(let value): append(verbatim: value ? "true" : "false")
    case .integer(let value): append(digits: String(value))
    case .number(let value): append(digits: value.isFinite ? "\(value)" : "null")
    case .string(let value): append(string: value)
    case .array(let values):
      octets.append(UInt8(ascii: "["))
      var isFirst = true
      for value in values {
        if !isFirst { octets.append(UInt8(ascii: ",")) }
        isFirst = false
        append(value)
      }
      octets.append(UInt8(ascii: "]"))
    case .object(let members):
      octets.append(UInt8(ascii: "{"))
      var isFirst = true
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        if !isFirst { octets.append(UInt8(ascii: ",")) }
        isFirst = false
        append(string: name)
        octets.append(UInt8(ascii: ":"))
        append(value)
      }
      octets.append(UInt8(ascii: "}"))
    case .written(let text): octets.append(contentsOf: text)
    }
  }

  private mutating func append(digits: String) { octets.append(contentsOf: digits.utf8) }

  private mutating func append(escaped octet: UInt8) {
    octets.append(UInt8(ascii: "\\"))
    switch octet {
    case 0x0A: octets.append(UInt8(ascii: "n"))
    case 0x0D: octets.append(UInt8(ascii: "r"))
    case 0x09: octets.append(UInt8(ascii: "t"))
    case 0x00..<0x20:
      append(verbatim: "u00")
      octets.append(UInt8(ascii: "0") + octet >> 4)
      let low = octet & 0x0F
      octets.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    default: octets.append(octet)
    }
  }
}
