/// Any JSON value (RFC 8259). Integers that fit 64 bits stay integers.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
  /// The text of one value, from a ``JSONWriter``. Only what is sent: what is received is never this, and it is equal to
  /// the same text only.
  case written([UInt8])

  /// How deep arrays and objects may nest in what is decoded. Default of the decoder, and its only value.
  package static let maxDepth = 64

  /// How many arrays and objects one text may have that is decoded.
  package static let maxContainers = 65_536

  /// How many values one text may have that is decoded, arrays and objects among them.
  package static let maxValues = 1_048_576

  /// The member of an object; nil for another kind of value, or no such member.
  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  package var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// An integer, also one that was written with a fraction of zero (`3.0`).
  package var integerValue: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  package var arrayValue: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  package var objectValue: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  package var isNull: Bool { self == .null }

  /// The value as a ``JSONWriter`` writes it.
  package var text: String { String(decoding: octets, as: UTF8.self) }

  /// The ``text`` as UTF-8.
  var octets: [UInt8] {
    if case .written(let octets) = self { return octets }
    var writer = JSONWriter(capacity: 256)
    writer.append(self)
    return writer.octets
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
}
