extension PipelineGraph {
  /// A digraph for Graphviz.
  func dot() -> [String] {
    var lines = [
      "digraph \(Self.quoted(name)) {", "  node [shape=box, fontname=\"sans-serif\"];",
      "  edge [fontname=\"sans-serif\", fontsize=10];", "  request [shape=oval];", "  answer [shape=oval];",
    ]
    for (track, nodes) in tracks {
      lines.append("  subgraph cluster_\(track) {")
      lines.append("    label=\(Self.quoted("\(track)"));")
      lines += nodes.map { "    s\($0.index) [label=\(Self.quoted($0.label))];" }
      lines.append("  }")
    }
    lines += edges.map { edge in
      let style = edge.kind == .refusal ? "style=dashed" : nil
      let attributes = [style, edge.label.map { "label=\(Self.quoted($0))" }].compactMap(\.self)
      let suffix = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
      return "  \(edge.from.name) -> \(edge.to.name)\(suffix);"
    }
    return lines + ["}"]
  }

  /// Lines in double quotes.
  private static func quoted(_ lines: String...) -> String { quoted(lines) }

  private static func quoted(_ lines: [String]) -> String {
    "\"\(lines.map(\.insideQuotes).joined(separator: "\\n"))\""
  }
}
