/// The package that `telephone new-stage` writes: a stage, its tests, a pipeline that names it, and a program that knows
/// it. Each file has its template in an extension. `plugins-examples/add-greeting` is one; a test compares them.
struct NewStagePackage {
  let name: NewStageName
  let telephone: TelephoneSource

  var files: [Scaffold.File] {
    [
      Scaffold.File(path: "Package.swift", text: manifest),
      Scaffold.File(path: "README.md", text: readme),
      Scaffold.File(path: ".gitignore", text: ".build/\n.env\n"),
      Scaffold.File(path: "pipeline.yaml", text: pipeline),
      Scaffold.File(path: "Sources/\(name.module)/\(name.type).swift", text: stage),
      Scaffold.File(path: "Sources/\(name.program)/Main.swift", text: program),
      Scaffold.File(path: "Tests/\(name.module)Tests/\(name.type)Tests.swift", text: stageTests),
      Scaffold.File(path: "Tests/\(name.module)Tests/PipelineTests.swift", text: pipelineTests),
    ]
  }

  /// Imports in the order of their names, as `swift format` wants them.
  func imports(_ modules: String...) -> String {
    modules.sorted().map { "import \($0)" }.joined(separator: "\n")
  }
}
