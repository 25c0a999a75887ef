import HTTPTypes

extension ExchangeReader {
  /// Fields as a list of pairs, which keeps repeats, or as an object, which is shorter to write.
  func fields(_ name: String, of node: JSONNode) throws(RequestProblem) -> HTTPFields {
    guard let value = node[name] else { return [:] }
    var fields = HTTPFields()
    switch value.content {
    case .object(let members):
      for member in members {
        for element in member.value.list ?? [member.value] {
          try add(member.name, element, to: &fields, at: member.nameOffset)
        }
      }
    case .list(let pairs):
      for pair in pairs {
        guard let parts = pair.list, parts.count == 2, let name = parts[0].text else {
          throw problem("A field is a pair such as [\"Accept\", \"text/html\"].", pair)
        }
        try add(name, parts[1], to: &fields, at: parts[0].offset)
      }
    default:
      throw problem(
        "'\(name)' is a list of pairs, or an object such as { \"Accept\": \"text/html\" }, not \(value.words).", value)
    }
    return fields
  }

  private func add(
    _ name: String, _ value: JSONNode, to fields: inout HTTPFields, at offset: Int
  ) throws(RequestProblem) {
    guard let text = value.text else { throw problem("The value of a field is text, not \(value.words).", value) }
    do {
      try ClientMessage.add(try ClientMessage.field(name, text), to: &fields)
    } catch {
      throw source.problem(error.reason.ended, at: offset)
    }
  }
}
