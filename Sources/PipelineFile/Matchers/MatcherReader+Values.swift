import TelephoneKit

extension MatcherReader {
  /// What became of a text: a value, or why it is none, as the rest of a sentence that begins with the text.
  package enum Reading<Value> {
    case success(Value)
    case failure(String)
  }

  package typealias Read<Value> = (_ text: String, _ isSecret: Bool, _ warn: (String) -> Void) -> Reading<Value>

  /// One text, or a list of them, each read; `nil` if there was a fault.
  package static func texts<Value>(
    _ pair: YAMLPair, into diagnostics: inout DiagnosticList, _ read: Read<Value>
  ) -> [Value]? {
    let nodes: [YAMLNode]
    if case .sequence(let elements) = pair.value.content { nodes = elements } else { nodes = [pair.value] }
    guard !nodes.isEmpty else {
      diagnostics.error(at: pair.value.place, "'\(pair.key)' takes a value or a list of them, not an empty list")
      return nil
    }
    var values: [Value] = []
    for node in nodes {
      if node.isUnusable { continue }
      guard let scalar = node.scalar, !scalar.isNull else {
        diagnostics.error(at: node.place, "'\(pair.key)' takes a value or a list of them, not \(node.words)")
        continue
      }
      let shown = scalar.isSecret ? Redaction.mark : scalar.text
      var warnings: [String] = []
      switch read(scalar.text, scalar.isSecret, { warnings.append($0) }) {
      case .success(let value): values.append(value)
      case .failure(let fault): diagnostics.error(at: node.place, "'\(shown)' \(fault)")
      }
      for warning in warnings { diagnostics.warning(.hostBits, at: node.place, "'\(shown)' \(warning)") }
    }
    return values.count == nodes.count ? values : nil
  }

  static func path(_ text: String, _ isSecret: Bool, _ warn: (String) -> Void) -> Reading<Glob> {
    guard text.hasPrefix("/") || text == "*" else { return .failure("is no path; a path begins with '/'") }
    if text.contains(where: { $0 == "?" || $0 == "#" }) {
      return .failure("can match no path; a path ends before '?' and '#'")
    }
    guard text.utf8.allSatisfy(PathSpelling.isVisible) else {
      let right = isSecret ? "" : "; write '\(PathSpelling.canonical(text))'"
      return .failure("can match no path; all but visible ASCII is escaped in a path\(right)")
    }
    guard let glob = Glob(text, separator: "/") else {
      return .failure("has a '**' that is not a whole segment; write /a/**/b, or '*' within a segment")
    }
    return .success(glob)
  }

  /// Those that surely are meant in upper case.
  static let usualMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  static func method(_ text: String, _ isSecret: Bool, _ warn: (String) -> Void) -> Reading<String> {
    let isToken =
      !text.isEmpty
      && text.utf8.allSatisfy { octet in
        (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
          || "!#$%&'*+-.^_`|~".utf8.contains(octet)
      }
    guard isToken else { return .failure("is no method (RFC 9110, 9.1)") }
    if text != text.uppercased(), usualMethods.contains(text.uppercased()) {
      return .failure("is not '\(text.uppercased())'; the case of a method matters")
    }
    return .success(text)
  }

  static func address(_ text: String, _ isSecret: Bool, _ warn: (String) -> Void) -> Reading<AddressRange> {
    guard let range = AddressRange(text) else {
      return .failure("is no address; write 10.0.0.1, 10.0.0.0/8, ::1 or fd00::/8")
    }
    if range.hasHostBits { warn("has bits set behind its prefix; they do not count") }
    return .success(range)
  }
}
