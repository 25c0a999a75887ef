package import HTTPTypes

/// Fields are checked here before an `HTTPFields` exists, because `HTTPField` silently turns CR, LF and NUL into
/// spaces (RFC 9110, sections 5.1 and 5.5).
package enum CheckedFields {
  /// A field from a name and a value as they came. Optional whitespace around the value is not part of it.
  /// - Returns: nil when the name is not a token, or the value holds CR, LF, NUL or another control but the tab.
  package static func field(name: String, value: String) -> HTTPField? {
    guard let name = HTTPField.Name(name) else { return nil }
    let trimmed = trim(value)
    guard HTTPField.isValidValue(trimmed) else { return nil }
    return HTTPField(name: name, value: trimmed)
  }

  /// All fields in their order.
  /// - Returns: nil when one of them is malformed.
  package static func fields(_ pairs: some Sequence<(name: String, value: String)>) -> HTTPFields? {
    var fields = HTTPFields()
    for (name, value) in pairs {
      guard let field = field(name: name, value: value) else { return nil }
      fields.append(field)
    }
    return fields
  }

  /// The value without spaces and tabs at its ends (RFC 9110, section 5.6.3).
  static func trim(_ value: String) -> String {
    let octets = value.utf8
    guard let first = octets.first, let last = octets.last else { return value }
    guard isSpace(first) || isSpace(last) else { return value }
    guard let start = octets.firstIndex(where: { !isSpace($0) }),
      let end = octets.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(value[start...end])
  }

  /// Whether a field whose value is a comma separated list holds a token, in any case.
  static func list(_ values: [String], contains token: String) -> Bool {
    values.contains { value in
      value.utf8.split(separator: UInt8(ascii: ",")).contains { part in
        trim(String(Substring(part))).lowercased() == token
      }
    }
  }

  private static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
}
