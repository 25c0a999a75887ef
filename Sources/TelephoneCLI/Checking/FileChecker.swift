import PipelineFile
import Rehearsal

/// Checks a file of either kind.
struct FileChecker: Sendable {
  let loader: PipelineLoader
  /// Whether stages are built and connections tried.
  let connects: Bool
  /// Whether notes are kept.
  let keepsNotes: Bool

  /// - Throws: `CancellationError`.
  func check(_ path: String) async throws -> CheckReport.File {
    var file = CheckReport.File(path: path, isTestFile: TestFile.isTestFile(path))
    do {
      if file.isTestFile {
        let suite = try TestSuite.load(testFile: path, by: loader)
        file.diagnostics = suite.notes
        file.count = suite.tests.count
      } else {
        let pipeline = try DefaultPipeline.load(path, by: loader)
        file.diagnostics = pipeline.notes
        file.count = pipeline.steps.count
        do {
          file.diagnostics += try TestSuite.load(of: pipeline, by: loader).notes
        } catch {
          file.diagnostics += error.diagnostics
        }
        if connects {
          let found = try await ConnectionCheck(pipeline: pipeline).run()
          file.connections = found.steps
          file.diagnostics += found.diagnostics
        }
      }
    } catch let error as PipelineFileError {
      file.diagnostics += error.diagnostics
    }
    if !keepsNotes { file.diagnostics.removeAll { $0.severity == .note } }
    return file
  }
}
