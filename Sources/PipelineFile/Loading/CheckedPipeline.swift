package import Foundation
package import Logging
package import TelephoneKit

/// A pipeline file that was read and checked, and of which nothing was built yet.
package struct CheckedPipeline: Sendable {
  package let name: String
  /// The path of the file as it was given.
  package let file: String
  package let steps: [CheckedStep]
  /// What is expected from outside.
  package let variables: VariableDeclarations
  /// Warnings and notes, such as the examples that stand in for variables.
  package let notes: [Diagnostic]
  /// What traces hide: the values of secret variables and options.
  package private(set) var redaction: Redaction
  /// What stands under `tests`, with its references to variables as they are.
  package let tests: [YAMLNode]
  /// The sources that were read, and what is hidden of them.
  package let diagnostics: DiagnosticList

  /// The same, which hides further secrets.
  package func hiding(_ secrets: Set<String>) -> CheckedPipeline {
    var copy = self
    for secret in secrets { copy.redaction.hide(secret: secret) }
    return copy
  }

  /// Builds each stage once, in the order of the file.
  /// - Parameters:
  ///   - clock: what all stages and exchanges tell the time by.
  ///   - date: what stages tell the date by.
  ///   - mayConnect: `false` if no stage may open a socket.
  ///   - filesOfURLs: for that case: files that hold what is behind some URLs. Their paths start where the program runs.
  ///   - executor: where the background work of stages runs. Default: no preference.
  ///   - old: its stages are kept where a new one would be the same, with their state. It must not be shut down meanwhile.
  ///   - files: where the files are noted that stages read.
  ///   - substitute: a stage to stand in for one of the file, such as a stub for a backend; `nil` builds that of the file.
  /// - Throws: ``PipelineFileError`` with the faults of all stages that could not be built, each at its place. Those that
  ///   could are shut down then. `CancellationError` if the task was cancelled.
  package func build(
    clock: any Clock<Duration> = ContinuousClock(), date: @escaping @Sendable () -> Date = { Date() },
    logger: Logger, mayConnect: Bool = true, filesOfURLs: [String: String] = [:],
    executor: (any TaskExecutor)? = nil, keeping old: Pipeline? = nil, noting files: ReadFiles? = nil,
    substitute: (CheckedStep) throws -> (any Stage)? = { _ in nil }
  ) async throws -> Pipeline {
    var stages: [BuiltStage] = []
    var built: [PipelineStep] = []
    var faults = diagnostics.withoutDiagnostics
    do {
      for step in steps {
        try Task.checkCancellation()
        do {
          let context = StageContext(
            id: step.id, clock: clock, date: date, logger: logger, directory: FilePath.directory(of: file),
            mayConnect: mayConnect, filesOfURLs: filesOfURLs, work: BackgroundWork(on: executor), files: files)
          let stage =
            if let substituted = try substitute(step) {
              BuiltStage(substituted)
            } else if let kept = old?.share(step.type, step.options, context) {
              kept
            } else {
              try await BuiltStage.build(step.type, step.options, context)
            }
          stages.append(stage)
          built.append(PipelineStep(id: step.id, built: stage, condition: step.condition, place: step.place))
        } catch let error as CancellationError {
          throw error
        } catch {
          faults.error(at: place(of: error, in: step), redaction.shown(sentence(for: error, of: step)))
        }
      }
      try faults.throwErrors()
      return try Pipeline(
        name: name, steps: built, redaction: redaction, clock: clock, logger: logger)
    } catch {
      await BuiltStage.leave(stages)
      throw error
    }
  }

  private func place(of error: any Error, in step: CheckedStep) -> Place {
    (error as? StageBuildError)?.option.flatMap { step.optionPlaces[$0] } ?? step.place
  }

  private func sentence(for error: any Error, of step: CheckedStep) -> String {
    let fault = (error as? StageBuildError)?.sentence ?? "\(error)"
    return "'\(step.id)' cannot be built: \(fault.hasSuffix(".") ? String(fault.dropLast()) : fault)"
  }
}
