package import PipelineFile
import TelephoneKit

/// The tests of one file, read and checked: those under `tests` of a pipeline file, or those of a `NAME.test.yaml`.
package struct TestSuite: Sendable {
  /// The file that they stand in.
  package let file: String
  /// The pipeline that they are for, with no variables but those that are set outside.
  package let pipeline: CheckedPipeline
  package let tests: [PipelineTest]
  /// Warnings.
  package let notes: [Diagnostic]

  /// Reads what stands under `tests` of a pipeline file.
  /// - Parameter loader: what the file was loaded with; tests with variables of their own load it again.
  /// - Throws: `PipelineFileError` with all that is wrong with the tests.
  package static func load(of pipeline: CheckedPipeline, by loader: PipelineLoader) throws(PipelineFileError)
    -> TestSuite
  {
    try TestSuite(
      file: pipeline.file, pipeline, pipeline.tests, loader: loader,
      diagnostics: pipeline.diagnostics.withoutDiagnostics)
  }

  /// Reads a `NAME.test.yaml`, and the pipeline that it names: `NAME.yaml` beside it, if it names none.
  /// - Throws: `PipelineFileError` with all that is wrong with the tests, or with the pipeline.
  package static func load(testFile path: String, by loader: PipelineLoader) throws(PipelineFileError) -> TestSuite {
    var diagnostics = DiagnosticList()
    let file = TestFile(path, by: loader, into: &diagnostics)
    try diagnostics.throwErrors()
    guard let file else { throw PipelineFileError([]) }
    let pipeline: CheckedPipeline
    do {
      pipeline = try loader.load(path: file.pipeline)
    } catch {
      let first = error.diagnostics.first.map { ": \($0.headline)" } ?? ""
      diagnostics.error(at: file.pipelinePlace, "the pipeline '\(file.pipeline)' cannot be used\(first)")
      try diagnostics.throwErrors()
      throw error
    }
    return try TestSuite(file: path, pipeline, file.tests, loader: loader, diagnostics: diagnostics)
  }

  private init(
    file: String, _ pipeline: CheckedPipeline, _ nodes: [YAMLNode], loader: PipelineLoader, diagnostics: DiagnosticList
  ) throws(PipelineFileError) {
    var reader = TestReader(file: file, pipeline: pipeline, loader: loader, diagnostics: diagnostics)
    let tests = reader.read(nodes)
    do {
      try reader.diagnostics.throwErrors()
    } catch {
      throw PipelineFileError(
        error.diagnostics.map { diagnostic in
          var shown = diagnostic
          shown.sentence = reader.redaction.shown(diagnostic.sentence)
          return shown
        })
    }
    self.file = file
    self.pipeline = pipeline
    self.tests = tests
    self.notes = reader.diagnostics.finished().filter { $0.severity == .warning }
  }
}
