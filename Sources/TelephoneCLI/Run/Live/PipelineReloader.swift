import Logging
import PipelineFile
import Synchronization
import TelephoneKit

/// Loads the pipeline of a running agent again. It is read, checked and built as a whole, and takes the place of the one
/// before only then. What keeps it from that stands in the log, and changes nothing.
final class PipelineReloader: Sendable {
  enum Cause: String {
    case file = "a file changed"
    case signal = "SIGHUP"
  }

  let pipeline: LivePipeline
  private let origin: PipelineOrigin
  private let logger: Logger
  private let read: Mutex<ReadFiles.Facts>

  /// - Parameter files: those that the pipeline was first made from.
  init(_ pipeline: LivePipeline, from origin: PipelineOrigin, files: ReadFiles, logger: Logger) {
    self.pipeline = pipeline
    self.origin = origin
    self.logger = logger
    self.read = Mutex(files.facts)
  }

  /// The files that the last attempt read, each as it was then. After one that failed that may be fewer than before it:
  /// those with which it can succeed the next time.
  var files: ReadFiles.Facts { read.withLock { $0 } }

  func reload(_ cause: Cause) async {
    let files = ReadFiles()
    do {
      let swap = try await pipeline.swap { [self] current in
        let checked = try await origin.load(noting: files)
        for note in checked.notes where note.severity == .warning {
          logger.warning("pipeline warning", metadata: ["place": "\(note.place)", "warning": "\(note.sentence)"])
        }
        return try await checked.build(clock: pipeline.clock, logger: logger, keeping: current, noting: files)
      }
      logger.notice(
        "pipeline swapped",
        metadata: [
          "cause": "\(cause.rawValue)", "pipeline": "\(swap.name)", "stages": "\(swap.stages)", "kept": "\(swap.kept)",
        ])
    } catch {
      tell(error, cause)
    }
    // Nothing was read if nothing could take the place.
    if !files.facts.isEmpty { read.withLock { $0 = files.facts } }
  }

  private func tell(_ error: any Error, _ cause: Cause) {
    // The agent ends.
    if error is CancellationError || error as? SwapFault == .isOver { return }
    let problems = Self.problems(error)
    for problem in problems {
      var metadata: Logger.Metadata = ["problem": "\(pipeline.current.redaction.shown(problem.sentence))"]
      if let place = problem.place { metadata["place"] = "\(place)" }
      logger.error("pipeline problem", metadata: metadata)
    }
    logger.error(
      "pipeline not swapped, the one before goes on",
      metadata: [
        "cause": "\(cause.rawValue)", "pipeline": "\(pipeline.current.name)", "problems": "\(problems.count)",
      ])
  }

  private static func problems(_ error: any Error) -> [(place: Place?, sentence: String)] {
    switch error {
    case let error as PipelineFileError:
      error.diagnostics.filter { $0.severity == .error }.map { ($0.place, $0.sentence) }
    case let problem as CommandProblem: [(nil, problem.sentence)]
    case SwapFault.tooManyReplaced(let count):
      [
        (
          nil,
          "\(count) pipelines that were replaced still have exchanges, such as open WebSockets; try again when one has "
            + "ended"
        )
      ]
    default: [(nil, "\(error)")]
    }
  }
}
