import PipelineFile
import TelephoneKit

extension PipelineGraph {
  /// A list for a terminal: each track with its steps, what each refuses with, and where that goes.
  func text(_ terminal: Terminal) -> [String] {
    let nodes = tracks.flatMap(\.nodes)
    let width = nodes.map { Self.head($0).count }.max() ?? 0
    var lines = [terminal.bold(name.printable())]
    for (track, nodes) in tracks {
      lines += ["", "\(track)"]
      for node in nodes {
        let statuses = node.statuses.map(String.init).joined(separator: ", ")
        let refusals = track < .response && !node.statuses.isEmpty ? "\(statuses) -> \(refusalTarget?.id ?? "")" : nil
        let rest = [node.condition.map { "when \($0)" }, refusals].compactMap(\.self).joined(separator: "; ")
        let head = "  \(Self.head(node))"
        lines.append(rest.isEmpty ? head : "\(head.padded(to: width + 4))\(terminal.dim(rest.printable()))")
      }
      if track == .backend, nodes.allSatisfy({ $0.condition != nil }) {
        lines.append("  otherwise".padded(to: width + 4) + terminal.dim("404 no-backend -> \(refusalTarget?.id ?? "")"))
      }
    }
    return lines
  }

  private static func head(_ node: Node) -> String { node.stage.map { "\(node.id) (\($0))" } ?? node.id }
}
