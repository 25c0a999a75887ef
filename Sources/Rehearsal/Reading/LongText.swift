import PipelineFile
import TelephoneKit

/// Reads a text that may be too long to write: a text, `{ repeat: a, times: 5000 }`, or a list of these, joined.
enum LongText {
  /// The most octets of one: 16 MiB.
  static let mostOctets = 16 << 20

  /// `nil`, with an error in the list, if it is none.
  static func read(_ node: YAMLNode, of key: String, into diagnostics: inout DiagnosticList) -> String? {
    switch node.content {
    case .unusable: return nil
    case .scalar(let scalar):
      guard !scalar.isNull else {
        diagnostics.error(
          at: node.place, "'\(key)' must be text, not nothing; write '\"\"' for a text without a letter")
        return nil
      }
      return scalar.text
    case .sequence(let nodes):
      var text = ""
      var isWhole = true
      for node in nodes {
        guard let part = read(node, of: key, into: &diagnostics) else {
          isWhole = false
          continue
        }
        guard text.utf8.count + part.utf8.count <= mostOctets else { return tooLong(node, key, into: &diagnostics) }
        text += part
      }
      return isWhole ? text : nil
    case .mapping:
      guard let map = MapReader(node, "a repeated text", keys: ["repeat", "times"], into: &diagnostics) else {
        return nil
      }
      for key in ["repeat", "times"] where map[key] == nil {
        diagnostics.error(at: node.place, "'\(key)' is missing; write { repeat: a, times: 5000 }")
        return nil
      }
      guard let part = map.value("repeat", String.self, into: &diagnostics),
        let times = map.value("times", in: 0...mostOctets, into: &diagnostics)
      else { return nil }
      let (octets, overflow) = part.utf8.count.multipliedReportingOverflow(by: times)
      guard !overflow, octets <= mostOctets else { return tooLong(node, key, into: &diagnostics) }
      return String(repeating: part, count: times)
    }
  }

  private static func tooLong(_ node: YAMLNode, _ key: String, into diagnostics: inout DiagnosticList) -> String? {
    diagnostics.error(at: node.place, "'\(key)' comes to more than 16MiB")
    return nil
  }
}
