import HTTPTypes
import PipelineFile
import TelephoneKit

/// Reads header fields: a map from names to values, or to lists of them; or a list of `[name, value]` and of
/// `{ name: …, value: …, times: … }`, which keeps an order and repeats.
enum FieldsReader {
  /// The most fields of one message.
  static let most = 10_000

  /// `nil`, with an error in the list, if they are none.
  static func read(_ node: YAMLNode, of key: String, into diagnostics: inout DiagnosticList) -> HTTPFields? {
    let before = diagnostics.all.count
    var fields = HTTPFields()
    switch node.content {
    case .unusable: return nil
    case .mapping(let pairs):
      for pair in pairs {
        let name = self.name(pair.key, at: pair.keyPlace, into: &diagnostics)
        let values: [YAMLNode]
        if case .sequence(let nodes) = pair.value.content { values = nodes } else { values = [pair.value] }
        for value in values { add(name, value, to: &fields, into: &diagnostics) }
      }
    case .sequence(let nodes):
      for node in nodes { read(node, to: &fields, into: &diagnostics) }
    case .scalar:
      diagnostics.error(at: node.place, "'\(key)' is a map such as { Accept: text/html }, not \(node.words)")
    }
    if fields.count > most { diagnostics.error(at: node.place, "'\(key)' holds more than \(most) fields") }
    return diagnostics.all.count == before && !node.holdsUnusable ? fields : nil
  }

  /// An entry of a list.
  private static func read(_ node: YAMLNode, to fields: inout HTTPFields, into diagnostics: inout DiagnosticList) {
    if case .sequence(let pair) = node.content {
      guard pair.count == 2 else {
        diagnostics.error(at: node.place, "a field is [name, value], two texts, not \(pair.count)")
        return
      }
      let name = LongText.read(pair[0], of: "name", into: &diagnostics)
        .flatMap { self.name($0, at: pair[0].place, into: &diagnostics) }
      add(name, pair[1], to: &fields, into: &diagnostics)
      return
    }
    guard let map = MapReader(node, "a field", keys: ["name", "value", "times"], into: &diagnostics) else { return }
    guard let nameNode = map["name"], let value = map["value"] else {
      diagnostics.error(at: node.place, "a field takes 'name' and 'value'")
      return
    }
    let name = LongText.read(nameNode.value, of: "name", into: &diagnostics)
      .flatMap { self.name($0, at: nameNode.value.place, into: &diagnostics) }
    let times = map.has("times") ? map.value("times", in: 0...most, into: &diagnostics) : 1
    for _ in 0..<(times ?? 1) { add(name, value.value, to: &fields, into: &diagnostics) }
  }

  private static func add(
    _ name: HTTPField.Name?, _ node: YAMLNode, to fields: inout HTTPFields, into diagnostics: inout DiagnosticList
  ) {
    guard let value = LongText.read(node, of: "value", into: &diagnostics), let name else { return }
    guard HTTPField.isValidValue(value) else {
      diagnostics.error(
        at: node.place, "the value of '\(name.rawName)' holds a control character, or a space at an end (RFC 9110, 5.5)"
      )
      return
    }
    fields.append(HTTPField(name: name, value: value))
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
