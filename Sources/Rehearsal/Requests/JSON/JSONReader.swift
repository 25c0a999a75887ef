/// Reads JSON (RFC 8259) and knows where everything stands. Its depth is bounded, so its stack is.
struct JSONReader {
  /// How deep lists and objects may stand in each other.
  static let mostDeep = 128

  let source: RequestSource
  var position = 0
  /// The names and indices that lead to where it reads.
  private var path: [String] = []

  private init(_ source: RequestSource) { self.source = source }

  /// Reads one value, and white space around it.
  static func read(_ source: RequestSource) throws(RequestProblem) -> JSONNode {
    var reader = JSONReader(source)
    reader.skipSpace()
    let value = try reader.readValue()
    guard reader.next == nil else { throw reader.fault("Something stands behind the end of the JSON") }
    return value
  }

  var next: UInt8? { position < source.octets.count ? source.octets[position] : nil }

  /// - Parameter sentence: without a full stop. At the end of the source it is another: then the source was cut short.
  func fault(_ sentence: String) -> RequestProblem {
    let whereabouts = path.isEmpty ? "" : " in /\(path.prefix(4).joined(separator: "/"))"
    guard next != nil else {
      return source.problem("It ends in the middle of the JSON\(whereabouts): it was cut short.", at: position)
    }
    return source.problem("\(sentence)\(whereabouts).", at: position)
  }

  private mutating func skipSpace() {
    while let octet = next, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
  }

  /// Takes an octet and the white space behind it, if it comes next.
  private mutating func take(_ octet: Character) -> Bool {
    guard next == octet.asciiValue else { return false }
    position += 1
    skipSpace()
    return true
  }

  /// Reads a value and the white space behind it.
  private mutating func readValue() throws(RequestProblem) -> JSONNode {
    let start = position
    let content: JSONNode.Content
    switch next {
    case UInt8(ascii: "{"): content = .object(try readMembers())
    case UInt8(ascii: "["): content = .list(try readElements())
    case UInt8(ascii: "\""): content = .text(try readText())
    case UInt8(ascii: "t"): content = try readWord("true", .boolean(true))
    case UInt8(ascii: "f"): content = try readWord("false", .boolean(false))
    case UInt8(ascii: "n"): content = try readWord("null", .null)
    default: content = .number(try readNumber())
    }
    skipSpace()
    return JSONNode(content: content, offset: start)
  }

  private mutating func readMembers() throws(RequestProblem) -> [JSONNode.Member] {
    guard path.count < Self.mostDeep else { throw fault("It is nested more than \(Self.mostDeep) deep") }
    var members: [JSONNode.Member] = []
    var names: Set<String> = []
    _ = take("{")
    if take("}") { return [] }
    repeat {
      let start = position
      guard next == UInt8(ascii: "\"") else { throw fault("A name in quotes must stand here") }
      let name = try readText()
      guard names.insert(name).inserted else {
        position = start
        throw fault("'\(name.prefix(64))' stands here a second time")
      }
      skipSpace()
      guard take(":") else { throw fault("A colon must stand here") }
      path.append(name)
      members.append(JSONNode.Member(name: name, nameOffset: start, value: try readValue()))
      path.removeLast()
    } while take(",")
    guard take("}") else { throw fault("A comma or a '}' must stand here") }
    return members
  }

  private mutating func readElements() throws(RequestProblem) -> [JSONNode] {
    guard path.count < Self.mostDeep else { throw fault("It is nested more than \(Self.mostDeep) deep") }
    var elements: [JSONNode] = []
    _ = take("[")
    if take("]") { return [] }
    repeat {
      path.append(String(elements.count))
      elements.append(try readValue())
      path.removeLast()
    } while take(",")
    guard take("]") else { throw fault("A comma or a ']' must stand here") }
    return elements
  }

  private mutating func readWord(
    _ word: String, _ content: JSONNode.Content
  ) throws(RequestProblem) -> JSONNode.Content {
    for octet in word.utf8 {
      guard next == octet else { throw fault("This is no JSON value; write text in quotes") }
      position += 1
    }
    return content
  }

  private mutating func readNumber() throws(RequestProblem) -> String {
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
    return String(decoding: source.octets[start..<position], as: UTF8.self)
  }

  private mutating func readDigits() throws(RequestProblem) {
    let start = position
    while let octet = next, (0x30...0x39).contains(octet) { position += 1 }
    guard position > start else { throw fault("This is no JSON value; write text in quotes") }
  }
}
