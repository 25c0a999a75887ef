import PipelineFile
import TelephoneKit

/// Where the pipeline of a running agent comes from: a file, what it includes, and the settings that are its variables.
struct PipelineOrigin: Sendable {
  var path: String
  /// Settings that were given as flags.
  var flags: [String: String]
  /// A file of settings that was named; `nil`: `.env`, which may be missing.
  var environmentFile: String?
  /// The stages that the file can name.
  var registry: StageRegistry

  /// Reads and checks it as it is now, the file of settings too. The environment is that of the start.
  /// - Parameter files: where all files are noted that were looked for.
  /// - Throws: `PipelineFileError` with what is wrong in it; a ``CommandProblem`` if the settings cannot be read.
  func load(noting files: ReadFiles) async throws -> CheckedPipeline {
    files.note(environmentFile ?? SettingsSource.usualFile)
    let settings = try await SettingsSource.read(flags: flags, file: environmentFile)
    // The default pipeline's may be missing, and then nobody tries to read it.
    files.note(path)
    let loader = PipelineLoader(
      registry: registry, mode: .run, variables: { settings[$0] }, reader: NotingFileReader(into: files))
    return try DefaultPipeline.load(path, by: loader)
  }
}
