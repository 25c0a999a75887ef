import ArgumentParser
import Foundation
import PipelineFile
import Rehearsal
import TelephoneKit

/// `telephone check FILE...`
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check pipeline files and print every problem with its place.",
    discussion: """
      Nothing outside the files and their variables is touched. A variable that is not set falls back to the
      example that the file gives for it. Exit code 0 if all files are good, 1 if there are problems.

      EXAMPLES:
        telephone check pipelines/default.yaml
        telephone check pipelines/*.yaml
        telephone check pipelines              # every .yaml file in the folder
      """)

  @Argument(help: ArgumentHelp("Pipeline files, or folders of them.", valueName: "file"))
  var files: [String]

  @Flag(help: "Also print notes, such as the variables whose examples were used.")
  var notes = false

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let settings = try await source.source()
    let loader = PipelineLoader(registry: Shelf.registry, mode: .check, variables: { settings[$0] })
    var failed = false
    for file in try PipelinePaths.expand(files) {
      do {
        let pipeline = try DefaultPipeline.load(file, by: loader)
        for note in pipeline.notes where notes || note.severity == .warning {
          Terminal.output.print(note.rendered)
        }
        Terminal.output.print("\(file): ok, \(pipeline.steps.count) stage\(pipeline.steps.count == 1 ? "" : "s")")
      } catch {
        failed = true
        for diagnostic in error.diagnostics { Terminal.output.print(diagnostic.rendered) }
      }
    }
    if failed { throw ExitCode(ExitStatus.problems.rawValue) }
  }
}

/// Pipeline files as they are named on a command line.
enum PipelinePaths {
  /// Each file as it was given; a folder stands for the pipelines in it, by name, without the fragments that they
  /// include and the tests beside them.
  static func expand(_ paths: [String]) throws -> [String] {
    try paths.flatMap { path -> [String] in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        return [path]
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { "\(path)/\($0)" }
        .filter { !TestFile.isTestFile($0) && !isFragment($0) }
      guard !files.isEmpty else { throw CommandProblem("There is no .yaml file in \(path).", .usage) }
      return files
    }
  }

  static func isFragment(_ file: String) -> Bool {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").contains { $0.hasPrefix("fragment:") }
  }
}
