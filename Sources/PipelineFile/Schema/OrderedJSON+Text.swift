extension OrderedJSON {
  /// The JSON text (RFC 8259), two spaces for each level; what is short stands in one line.
  package var text: String {
    var text = ""
    write(to: &text, indent: 0)
    return text
  }

  private static let longestLine = 100

  private func write(to text: inout String, indent: Int) {
    switch self {
    case .null, .bool, .number, .string: text += flat
    case .array(let elements):
      Self.write(elements.map { (name: nil, value: $0) }, in: ("[", "]"), of: self, to: &text, indent: indent)
    case .object(let members):
      Self.write(members.map { (name: $0.name, value: $0.value) }, in: ("{", "}"), of: self, to: &text, indent: indent)
    }
  }

  private static func write(
    _ parts: [(name: String?, value: OrderedJSON)], in brackets: (open: String, close: String), of whole: OrderedJSON,
    to text: inout String, indent: Int
  ) {
    let flat = whole.flat
    if parts.isEmpty || indent + flat.utf8.count <= longestLine {
      text += flat
      return
    }
    text += brackets.open
    for (index, part) in parts.enumerated() {
      text += (index == 0 ? "\n" : ",\n") + String(repeating: " ", count: indent + 2)
      if let name = part.name { text += quoted(name) + ": " }
      part.value.write(to: &text, indent: indent + 2)
    }
    text += "\n" + String(repeating: " ", count: indent) + brackets.close
  }

  /// All of it in one line.
  private var flat: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): String(number)
    case .string(let text): Self.quoted(text)
    case .array(let elements): "[\(elements.map(\.flat).joined(separator: ", "))]"
    case .object(let members) where members.isEmpty: "{}"
    case .object(let members):
      "{ \(members.map { "\(Self.quoted($0.name)): \($0.value.flat)" }.joined(separator: ", ")) }"
    }
  }

  /// A text in quotes. It is a double-quoted scalar of YAML, too.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
