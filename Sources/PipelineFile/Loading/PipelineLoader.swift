package import TelephoneKit

/// Reads and checks pipeline files. It touches nothing but the file, its includes, and the variables.
package struct PipelineLoader: Sendable {
  /// The stages that a file can name.
  package var registry: StageRegistry
  package var mode: PipelineMode
  /// What is set outside, by name.
  package var variables: @Sendable (String) -> String?
  package var reader: any PipelineFileReader
  package var limits = YAMLLimits()

  package init(
    registry: StageRegistry, mode: PipelineMode, variables: @escaping @Sendable (String) -> String?,
    reader: any PipelineFileReader = DiskFileReader()
  ) {
    self.registry = registry
    self.mode = mode
    self.variables = variables
    self.reader = reader
  }

  /// Loads a file.
  /// - Throws: ``PipelineFileError`` with all that is wrong in it and in what it includes.
  package func load(path: String) throws(PipelineFileError) -> CheckedPipeline {
    let octets: [UInt8]
    do {
      octets = try reader.octets(of: path, limit: limits.octets)
    } catch {
      let place = Place(file: path, line: 1, column: 1)
      throw PipelineFileError([Diagnostic(.error, at: place, "the file cannot be read: \(error.reason)")])
    }
    return try load(octets: octets, named: path)
  }

  /// Loads a text as if it were a file of that name; includes are read from that file's folder.
  package func load(text: String, named file: String = "pipeline.yaml") throws(PipelineFileError) -> CheckedPipeline {
    try load(octets: Array(text.utf8), named: file)
  }

  private func load(octets: [UInt8], named file: String) throws(PipelineFileError) -> CheckedPipeline {
    var diagnostics = DiagnosticList()
    let root = YAMLComposer.compose(octets, file: file, limits: limits, into: &diagnostics)
    guard let root, let top = LoadedFile(root, as: .pipeline, into: &diagnostics) else {
      try diagnostics.throwErrors()
      throw PipelineFileError([])
    }
    var splicer = IncludeSplicer(loader: self, diagnostics: diagnostics)
    splicer.splice(top, from: file)
    diagnostics = splicer.diagnostics

    var interpolation = Interpolation(splicer.declarations, mode: mode, lookup: variables)
    let name = top.name.map { interpolation.resolve($0, into: &diagnostics) }
    let entries = splicer.entries.map { interpolation.resolve($0, into: &diagnostics) }
    var checker = StageChecker(
      registry: registry, diagnostics: diagnostics, isIncomplete: !splicer.isComplete)
    let title = name.flatMap { Self.title($0, into: &checker.diagnostics) }
    for entry in entries { checker.check(entry) }
    checker.finish(at: top.stagesPlace)
    try checker.diagnostics.throwErrors()

    var redaction = Redaction()
    for secret in interpolation.secrets.union(checker.secrets) { redaction.hide(secret: secret) }
    StepCritic(steps: checker.steps, redaction: redaction).look(into: &checker.diagnostics)
    return CheckedPipeline(
      name: title ?? file, file: file, steps: checker.steps, variables: splicer.declarations,
      notes: checker.diagnostics.finished(), redaction: redaction, tests: top.tests, diagnostics: checker.diagnostics)
  }

  private static func title(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> String? {
    if node.isUnusable { return nil }
    guard let scalar = node.scalar else {
      diagnostics.error(at: node.place, "'pipeline' must be a name, not \(node.words)")
      return nil
    }
    return StageEntry.text(scalar, at: node.place, of: "'pipeline'", into: &diagnostics)
  }
}
