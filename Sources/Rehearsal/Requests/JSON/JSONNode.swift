/// A JSON value (RFC 8259) and the octet of the source that it begins at.
struct JSONNode: Sendable {
  indirect enum Content: Sendable {
    case null
    case boolean(Bool)
    /// As it is written.
    case number(String)
    case text(String)
    case list([JSONNode])
    /// In the order of the source; a name stands in it once.
    case object([Member])
  }

  struct Member: Sendable {
    var name: String
    var nameOffset: Int
    var value: JSONNode
  }

  var content: Content
  var offset: Int

  /// The value of a member; `nil` if there is none, or it is null, or this is no object.
  subscript(name: String) -> JSONNode? {
    guard let value = members?.first(where: { $0.name == name })?.value else { return nil }
    if case .null = value.content { return nil }
    return value
  }

  var members: [Member]? { if case .object(let members) = content { members } else { nil } }
  var list: [JSONNode]? { if case .list(let nodes) = content { nodes } else { nil } }
  var text: String? { if case .text(let text) = content { text } else { nil } }
  var boolean: Bool? { if case .boolean(let flag) = content { flag } else { nil } }
  var integer: Int? { if case .number(let text) = content { Int(text) } else { nil } }

  /// What it is, for messages: `a list`.
  var words: String {
    switch content {
    case .null: "nothing"
    case .boolean: "true or false"
    case .number: "a number"
    case .text: "text"
    case .list: "a list"
    case .object: "an object"
    }
  }
}
