import PipelineFile
import TelephoneKit

/// Checks the pipeline file as `telephone run` does: what is not set has no example to fall back to.
enum PipelineExamination {
  static func examine(_ path: String, _ source: SettingsSource) -> Examined<CheckedPipeline> {
    let loader = PipelineLoader(registry: Shelf.registry, mode: .run, variables: { source[$0] })
    do {
      let pipeline = try DefaultPipeline.load(path, by: loader)
      let words = "\(path): \(FindingPrinter.count(pipeline.steps.count, "stage"))"
      let warnings = pipeline.notes.filter { $0.severity == .warning }.map(\.headline)
      return warnings.isEmpty
        ? Finding.ok(words).with(pipeline)
        : Finding.warning(words, "telephone check \(path) shows the lines.", warnings).with(pipeline)
    } catch {
      return Finding.failed(
        "\(path) cannot be used.", "telephone check \(path) shows the lines.", error.diagnostics.map(\.headline)
      ).without(CheckedPipeline.self)
    }
  }
}
