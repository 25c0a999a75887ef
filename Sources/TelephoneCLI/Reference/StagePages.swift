import Foundation
import TelephoneKit

/// The reference as files: a page for each stage and, if all stages are in it, an index.
struct StagePages {
  let stages: [StageType]
  let isWhole: Bool

  /// - Throws: a ``CommandProblem`` that says which file cannot be written.
  func write(to folder: String) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    var path = folder
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      for (name, text) in pages {
        path = url.appending(path: name).path
        try Data((text + "\n").utf8).write(to: URL(filePath: path))
      }
    } catch {
      throw CommandProblem("\(path) cannot be written: \(error.localizedDescription)")
    }
  }

  private var pages: [(name: String, text: String)] {
    stages.map { ("\($0.name).md", StageReference($0).markdown) }
      + (isWhole ? [("README.md", StageShelf(stages).markdown)] : [])
  }
}
