import PipelineFile
import TelephoneKit

/// Loading of pipeline files for commands: what is wrong in a file is printed, and the command ends with 1.
enum PipelineFiles {
  /// - Parameter mode: `.run` never falls back to examples.
  static func load(_ path: String, mode: PipelineMode, _ settings: SettingsSource) throws -> CheckedPipeline {
    do {
      let loader = PipelineLoader(registry: Shelf.registry, mode: mode, variables: { settings[$0] })
      let pipeline = try DefaultPipeline.load(path, by: loader)
      printWarnings(of: pipeline)
      return pipeline
    } catch {
      throw problem(error, path)
    }
  }

  static func printWarnings(of pipeline: CheckedPipeline) {
    for note in pipeline.notes where note.severity == .warning { Terminal.error.print(note.rendered) }
  }

  /// The faults of a file as one problem.
  static func problem(_ error: PipelineFileError, _ path: String) -> CommandProblem {
    CommandProblem("\(path) cannot be used.\n\(error.diagnostics.map(\.rendered).joined(separator: "\n"))")
  }
}
