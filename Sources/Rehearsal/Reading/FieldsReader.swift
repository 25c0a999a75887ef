import HTTPTypes
import PipelineFile
import TelephoneKit

/// Reads header fields: a map from names to values, or to lists of them; or a list of `[name, value]` and of
/// `{ name: …, value: …, times: … }`, which keeps an order and repeats.
enum FieldsReader {
  /// `nil`, with an error in the list, if they are none.
  static func read(_ node: YAMLNode, of key: String, into diagnostics: inout DiagnosticList) -> HTTPFields? {
    let before = diagnostics.all.count
    var fields = HTTPFields()
    var isFull = false
    switch node.content {
    case .unusable: return nil
    case .mapping(let pairs):
      for pair in pairs where !isFull {
        let name = self.name(pair.key, at: pair.keyPlace, into: &diagnostics)
        let values: [YAMLNode]
        if case .sequence(let nodes) = pair.value.content { values = nodes } else { values = [pair.value] }
        for value in values where !isFull {
          isFull = !add(field(name, value, into: &diagnostics), to: &fields)
        }
      }
    case .sequence(let nodes):
      for node in nodes where !isFull { isFull = !read(node, to: &fields, into: &diagnostics) }
    case .scalar:
      diagnostics.error(at: node.place, "'\(key)' is a map such as { Accept: text/html }, not \(node.words)")
    }
    if isFull { diagnostics.error(at: node.place, "'\(key)' holds more than \(HTTPFields.most) fields") }
    return diagnostics.all.count == before && !node.holdsUnusable ? fields : nil
  }

  /// An entry of a list.
  /// - Returns: whether there was room for it.
  private static func read(
    _ node: YAMLNode, to fields: inout HTTPFields, into diagnostics: inout DiagnosticList
  ) -> Bool {
    if case .sequence(let pair) = node.content {
      guard pair.count == 2 else {
        diagnostics.error(at: node.place, "a field is [name, value], two texts, not \(pair.count)")
        return true
      }
      let name = LongText.read(pair[0], of: "name", into: &diagnostics)
        .flatMap { self.name($0, at: pair[0].place, into: &diagnostics) }
      return add(field(name, pair[1], into: &diagnostics), to: &fields)
    }
    guard let map = MapReader(node, "a field", keys: ["name", "value", "times"], into: &diagnostics) else {
      return true
    }
    guard let nameNode = map["name"], let value = map["value"] else {
      diagnostics.error(at: node.place, "a field takes 'name' and 'value'")
      return true
    }
    let name = LongText.read(nameNode.value, of: "name", into: &diagnostics)
      .flatMap { self.name($0, at: nameNode.value.place, into: &diagnostics) }
    let times = map.has("times") ? map.value("times", in: 0...HTTPFields.most, into: &diagnostics) : 1
    return add(field(name, value.value, into: &diagnostics), times: times ?? 1, to: &fields)
  }

  /// - Returns: whether there was room for it. Of one that could not be read nothing is added.
  private static func add(_ field: HTTPField?, times: Int = 1, to fields: inout HTTPFields) -> Bool {
    guard let field else { return true }
    for _ in 0..<times {
      guard fields.hasRoom else { return false }
      fields.append(field)
    }
    return true
  }

  private static func field(
    _ name: HTTPField.Name?, _ node: YAMLNode, into diagnostics: inout DiagnosticList
  ) -> HTTPField? {
    guard let value = LongText.read(node, of: "value", into: &diagnostics), let name else { return nil }
    guard HTTPField.isValidValue(value) else {
      diagnostics.error(
        at: node.place, "the value of '\(name.rawName)' holds a control character, or a space at an end (RFC 9110, 5.5)"
      )
      return nil
    }
    return HTTPField(name: name, value: value)
  }

  /// A field's name; `nil`, with an error in the list, if it is none.
  static func name(_ text: String, at place: Place, into diagnostics: inout DiagnosticList) -> HTTPField.Name? {
    guard let name = HTTPField.Name(text) else {
      diagnostics.error(at: place, "'\(text.prefix(80))' is no field name (RFC 9110, 5.1)")
      return nil
    }
    return name
  }
}
