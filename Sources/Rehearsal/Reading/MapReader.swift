import PipelineFile
import TelephoneKit

/// Reads a map of a file key by key. All that is wrong with it goes into a list, each fault at its place.
struct MapReader {
  let place: Place
  private let pairs: [YAMLPair]

  /// `nil`, with an error in the list, if the node is no map. Keys that are not known are errors, too.
  /// - Parameter what: what it is, for messages: `a stub`.
  init?(_ node: YAMLNode, _ what: String, keys: [String], into diagnostics: inout DiagnosticList) {
    guard case .mapping(let pairs) = node.content else {
      if !node.isUnusable {
        diagnostics.error(
          at: node.place, "\(what) is a map with \(Self.list(keys.prefix(4).map { "'\($0)'" })), …, not \(node.words)")
      }
      return nil
    }
    self.place = node.place
    self.pairs = pairs
    for pair in pairs where !keys.contains(pair.key) {
      diagnostics.error(
        at: pair.keyPlace, "unknown key '\(pair.key)' in \(what)" + diagnostics.hint(for: pair.key, among: keys))
    }
  }

  /// Whether every key says something; those that do not are errors in the list.
  func saysAll(into diagnostics: inout DiagnosticList) -> Bool {
    for pair in pairs where pair.value.isNull {
      diagnostics.error(
        at: pair.keyPlace, "'\(pair.key)' says nothing that is expected; give a value, or leave it out")
    }
    return !pairs.contains { $0.value.isNull }
  }

  /// The pair of a key, if it is there and says something.
  subscript(key: String) -> YAMLPair? { pairs.first { $0.key == key && !$0.value.isNull } }

  /// Whether a key is there, also if it says nothing.
  func has(_ key: String) -> Bool { pairs.contains { $0.key == key } }

  /// Those of some keys that are there. More than one is an error at the second.
  func only(_ keys: [String], into diagnostics: inout DiagnosticList) -> YAMLPair? {
    let found = pairs.filter { keys.contains($0.key) && !$0.value.isNull }
    if found.count > 1 {
      diagnostics.error(
        at: found[1].keyPlace, "'\(found[1].key)' stands beside '\(found[0].key)'; only one of them can be given")
    }
    return found.first
  }

  /// A value of a type that options have; `nil` if it is not there or, with an error in the list, if it is another.
  func value<Value: OptionValue>(
    _ key: String, _ type: Value.Type, into diagnostics: inout DiagnosticList
  ) -> Value? {
    self[key].flatMap { Self.value($0.value, of: key, type, into: &diagnostics) }
  }

  /// The same for a value that has a least and a greatest.
  func value<Value: OptionValue & Comparable>(
    _ key: String, in range: ClosedRange<Value>, into diagnostics: inout DiagnosticList
  ) -> Value? {
    guard let pair = self[key], let value = value(key, Value.self, into: &diagnostics) else { return nil }
    guard range.contains(value) else {
      diagnostics.error(
        at: pair.value.place,
        "'\(key)' must be from \(range.lowerBound.optionText) to \(range.upperBound.optionText), not \(value.optionText)"
      )
      return nil
    }
    return value
  }

  static func value<Value: OptionValue>(
    _ node: YAMLNode, of key: String, _ type: Value.Type, into diagnostics: inout DiagnosticList
  ) -> Value? {
    if node.holdsUnusable { return nil }
    let input = OptionInput(node)
    do {
      return try Value(input)
    } catch {
      let sentence = input.isSecret ? "is not well-formed (its value is a secret and not shown)" : error.sentence
      let hint = error.unknownName.map { diagnostics.hint(for: $0, among: error.knownNames) } ?? ""
      diagnostics.error(at: error.place ?? node.place, "'\(key)': \(sentence)\(input.isSecret ? "" : hint)")
      return nil
    }
  }

  /// Names in a row: `'a', 'b'`.
  static func list(_ names: some Sequence<String>) -> String { names.joined(separator: ", ") }
}
