import Backend
import PipelineFile
import TelephoneKit

/// Connects to each backend that the pipeline forwards to. No request is sent.
struct BackendStep: Sendable {
  private let probes: [BackendProbe]
  private let timeout: Duration

  init(pipeline: CheckedPipeline, timeout: Duration) {
    probes = pipeline.steps.compactMap { BackendProbe($0, of: pipeline) }
    self.timeout = timeout
  }

  func examine() async -> Examined<Bool> {
    guard !probes.isEmpty else {
      return Finding.skipped("the pipeline has no 'forward' stage, so there is no backend to connect to")
        .without(Bool.self)
    }
    let timeout = timeout
    let answers = await withTaskGroup(of: (Int, String, Bool).self) { group in
      for (place, probe) in probes.enumerated() {
        group.addTask {
          let (words, isOpen) = await probe.connect(within: timeout)
          return (place, words, isOpen)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
    }
    let words = answers.map { "\(probes[$0.0].origin.text) \($0.1)" }
    let stages = answers.filter { !$0.2 }.map { "'\(probes[$0.0].step)'" }
    guard !stages.isEmpty else { return Finding.ok(words.joined(separator: ", ")).with(true) }
    return Finding.failed(
      words.joined(separator: ", "),
      "Start the backend, or mend 'to' of \(stages.joined(separator: ", ")) (BACKEND_HOST and BACKEND_PORT in the "
        + "default pipeline)."
    ).without(Bool.self)
  }
}
