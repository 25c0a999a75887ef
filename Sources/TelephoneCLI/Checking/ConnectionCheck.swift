import Backend
import HTTPWire
import KeySets
import Logging
import PipelineFile
import StandardStages
import TelephoneKit

/// The second phase of a check: builds all stages, fetches keys that lie behind URLs, and connects to each backend.
struct ConnectionCheck: Sendable {
  /// For the building of all stages, and for each connection.
  static let timeout = Duration.seconds(5)

  private typealias StepFinding = CheckReport.StepFinding

  let pipeline: CheckedPipeline

  /// What became of building the stages.
  private enum Built: Sendable {
    case pipeline(Pipeline)
    case faults([Diagnostic])
    case late
  }

  /// Everything that was opened is closed again.
  /// - Throws: `CancellationError`.
  func run() async throws -> (steps: [CheckReport.StepFinding], diagnostics: [Diagnostic]) {
    let built = await build()
    let findings = await withTaskGroup(of: (Int, StepFinding).self) { group in
      for (index, step) in pipeline.steps.enumerated() {
        group.addTask { (index, await examine(step, index, built)) }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    if case .pipeline(let pipeline) = built { await pipeline.shutdown() }
    try Task.checkCancellation()
    return (findings, diagnostics(built, findings))
  }

  private func build() async -> Built {
    let logger = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
    do {
      return .pipeline(
        try await withDeadline(Self.timeout, clock: ContinuousClock()) { [pipeline] in
          try await pipeline.build(logger: logger)
        })
    } catch let error as PipelineFileError {
      return .faults(error.diagnostics)
    } catch {
      return .late
    }
  }

  private func examine(_ step: CheckedStep, _ index: Int, _ built: Built) async -> StepFinding {
    if case .faults(let faults) = built, let fault = faults.first(where: { isPlace($0.place, of: step) }) {
      return StepFinding(step.id, .failed, fault.sentence)
    }
    if let probe = BackendProbe(step, of: pipeline) {
      let (words, isOpen) = await probe.connect(within: Self.timeout)
      return StepFinding(step.id, isOpen ? .ok : .failed, pipeline.redaction.shown("\(probe.origin.text) \(words)"))
    }
    switch built {
    case .late: return StepFinding(step.id, .skipped, "the stages were not built within \(Self.timeout.text)")
    case .faults where hasRemoteKeys(step):
      return StepFinding(step.id, .skipped, "its keys are not fetched, as another stage cannot be built")
    case .pipeline(let pipeline):
      guard hasRemoteKeys(step), let stage = pipeline.steps[index].stage as? VerifyJWT else { break }
      return await fetchKeys(of: step, stage)
    case .faults: break
    }
    return StepFinding(step.id, .ok, "built")
  }

  private func hasRemoteKeys(_ step: CheckedStep) -> Bool {
    (step.options as? VerifyJWT.Options)?.jwks?.contains("://") ?? false
  }

  private func fetchKeys(of step: CheckedStep, _ stage: VerifyJWT) async -> StepFinding {
    do {
      try await withDeadline(Self.timeout, clock: ContinuousClock()) { try await stage.fetchKeys() }
      return StepFinding(step.id, .ok, "built, its keys are there")
    } catch let error as KeySetError where error.kind != .cancelled {
      let cause = (error.cause as? Failure)?.code ?? (error.cause as? KeySetError)?.sentence
      return StepFinding(step.id, .failed, "no keys: \(error.sentence)\(cause.map { " (\($0))" } ?? "")")
    } catch {
      return StepFinding(step.id, .failed, "no keys: no answer within \(Self.timeout.text)")
    }
  }

  private func isPlace(_ place: Place, of step: CheckedStep) -> Bool {
    place == step.place || step.optionPlaces.values.contains(place)
  }

  /// The faults of building, and what was not reached, at the option that names it. What was left out for another's fault is
  /// none of its own.
  private func diagnostics(_ built: Built, _ findings: [StepFinding]) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    var list = pipeline.diagnostics.withoutDiagnostics
    switch built {
    case .pipeline: break
    case .faults(let found): faults = found
    case .late:
      guard let first = pipeline.steps.first else { break }
      list.add(
        Diagnostic(.error, .connection, at: first.place, "the stages were not built within \(Self.timeout.text)"))
    }
    for (step, finding) in zip(pipeline.steps, findings) where finding.verdict == .failed {
      if faults.contains(where: { isPlace($0.place, of: step) }) { continue }
      let place = step.optionPlaces["to"] ?? step.optionPlaces["jwks"] ?? step.place
      list.add(Diagnostic(.error, .connection, at: place, "'\(step.id)': \(finding.sentence)"))
    }
    return faults + list.finished()
  }
}
