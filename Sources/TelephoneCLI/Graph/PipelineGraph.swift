import PipelineFile
import TelephoneKit

/// The way through a pipeline: its steps by track, and where exchanges go from each.
struct PipelineGraph {
  struct Node {
    /// Its place among all steps.
    var index: Int
    var id: String
    /// The stage's name, where the id is another.
    var stage: String?
    var condition: String?
    /// The statuses of the refusals and failures that it can give, each once.
    var statuses: [Int]
    /// Whether it answers every request that comes to it.
    var answers: Bool

    /// The lines of its label.
    var label: [String] {
      [id, stage.map { "(\($0))" }, condition.map { "when \($0)" }].compactMap(\.self)
    }
  }

  enum End: Hashable {
    case step(Int)
    case request
    case answer

    /// A name that needs no quotes.
    var name: String {
      switch self {
      case .step(let index): "s\(index)"
      case .request: "request"
      case .answer: "answer"
      }
    }
  }

  struct Edge {
    enum Kind {
      /// The way of every exchange.
      case next
      /// To the next step, where the condition of one that answers does not match.
      case otherwise
      /// A refusal or a failure.
      case refusal
    }

    var from: End
    var to: End
    var kind: Kind
    var label: String?
  }

  let name: String
  /// The tracks that have steps, in the order of time.
  let tracks: [(track: Track, nodes: [Node])]
  let edges: [Edge]

  init(_ pipeline: CheckedPipeline) {
    let shown: (String) -> String = { pipeline.redaction.shown($0) }
    let nodes = pipeline.steps.enumerated().map { index, step in
      Node(
        index: index, id: shown(step.id), stage: step.id == step.stageName ? nil : step.stageName,
        condition: (step.condition?.description).map(shown),
        statuses: Set(step.type.answers(with: step.options).map(\.status)).sorted(),
        answers: step.type.alwaysAnswers)
    }
    name = shown(pipeline.name)
    let tracks = Track.allCases.map { track in
      (track: track, nodes: nodes.filter { pipeline.steps[$0.index].type.track == track })
    }.filter { !$0.nodes.isEmpty }
    self.tracks = tracks
    edges = Self.edges { track in tracks.first { $0.track == track }?.nodes ?? [] }
  }

  /// Where refusals go: the first response step, else the emit step.
  var refusalTarget: Node? {
    (tracks.first { $0.track == .response } ?? tracks.first { $0.track == .emit })?.nodes.first
  }

  private static func edges(_ nodes: (Track) -> [Node]) -> [Edge] {
    let (request, backends) = (nodes(.request), nodes(.backend))
    let answered = nodes(.response) + nodes(.emit)
    guard let target = answered.first.map({ End.step($0.index) }) else { return [] }
    func chain(_ ends: [End]) -> [Edge] {
      zip(ends, ends.dropFirst()).map { Edge(from: $0, to: $1, kind: .next) }
    }

    let way = request + backends.prefix(1)
    var edges = chain([.request] + way.prefix(1).map { .step($0.index) })
    for (node, next) in zip(way, way.dropFirst()) {
      if node.answers { edges.append(Edge(from: .step(node.index), to: target, kind: .next)) }
      // Without a condition nothing comes behind one that answers.
      if node.answers, node.condition == nil { continue }
      edges.append(
        Edge(
          from: .step(node.index), to: .step(next.index), kind: node.answers ? .otherwise : .next,
          label: node.answers ? "otherwise" : nil))
    }
    for (index, backend) in backends.enumerated() {
      edges.append(Edge(from: .step(backend.index), to: target, kind: .next))
      if backend.condition != nil {
        let next = backends.indices.contains(index + 1) ? End.step(backends[index + 1].index) : target
        edges.append(
          Edge(
            from: .step(backend.index), to: next, kind: next == target ? .refusal : .otherwise,
            label: next == target ? "otherwise 404 no-backend" : "otherwise"))
      }
    }
    for node in request + backends where !node.statuses.isEmpty {
      edges.append(
        Edge(
          from: .step(node.index), to: target, kind: .refusal,
          label: node.statuses.map(String.init).joined(separator: ", ")))
    }
    edges += chain(answered.map { .step($0.index) } + [.answer] + nodes(.finally).map { .step($0.index) })
    return edges
  }
}

extension String {
  /// As it stands between double quotes, without control characters. By scalars: with a mark behind it a quote is another
  /// character.
  var insideQuotes: String {
    var text = ""
    for scalar in printable().unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
