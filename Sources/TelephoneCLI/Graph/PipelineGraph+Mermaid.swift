import PipelineFile
import TelephoneKit

extension PipelineGraph {
  /// A flowchart for Mermaid, as GitHub and others show it in Markdown.
  func mermaid() -> [String] {
    var lines = ["---", "title: \"\(name.insideQuotes)\"", "---", "flowchart TD"]
    lines.append("  request([\"request\"])")
    for (track, nodes) in tracks {
      if track == .finally { lines.append("  answer([\"answer\"])") }
      lines.append("  subgraph track-\(track)[\"\(track)\"]")
      lines += nodes.map { node in
        "    s\(node.index)[\"\(node.label.map(Self.escaped).joined(separator: "<br/>"))\"]"
      }
      lines.append("  end")
    }
    if !tracks.contains(where: { $0.track == .finally }) { lines.append("  answer([\"answer\"])") }
    return lines
      + edges.map { edge in
        let arrow =
          switch (edge.kind, edge.label.map(Self.escaped)) {
          case (.next, _): "-->"
          case (.otherwise, let label): "-->|\"\(label ?? "")\"|"
          case (.refusal, let label): "-.->|\"\(label ?? "")\"|"
          }
        return "  \(edge.from.name) \(arrow) \(edge.to.name)"
      }
  }

  /// Characters that mean something to Mermaid, to Markdown or to HTML become entities in Mermaid's notation: `#34;`.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.printable().unicodeScalars {
      if "\"#<>&|[](){}`\\;*_~$%^!@".unicodeScalars.contains(scalar) {
        escaped += "#\(scalar.value);"
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
