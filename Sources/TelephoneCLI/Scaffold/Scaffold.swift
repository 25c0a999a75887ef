import Foundation

/// Files that a command writes into a folder for a person to begin with.
struct Scaffold {
  struct File {
    /// From the folder.
    var path: String
    var text: String
  }

  let folder: String
  let files: [File]

  /// The name of a folder without slashes at its end.
  static func tidy(_ folder: String) -> String {
    let end = folder.lastIndex { $0 != "/" }
    return end.map { String(folder[...$0]) } ?? (folder.isEmpty ? "." : "/")
  }

  /// A file of a folder, as it is written in messages and commands.
  static func shown(_ path: String, in folder: String) -> String { folder == "." ? path : "\(folder)/\(path)" }

  /// Makes a folder, and those above it. One that is there is left as it is.
  static func makeFolder(_ path: String) throws(CommandProblem) {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else { throw CommandProblem("\(path) is a file, not a folder. Name another.", .usage) }
      return
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandProblem(
        "The folder \(path) cannot be made here. Name one in a folder that you may write to.", .usage)
    }
  }

  /// Writes all files, into a folder that is made if it is not there.
  /// - Parameter overwrites: whether files that exist are replaced.
  /// - Throws: a ``CommandProblem``, before anything is written, if files exist that may not be replaced.
  func write(overwrites: Bool = false) throws(CommandProblem) {
    let existing = files.map(\.path).filter {
      FileManager.default.fileExists(atPath: Self.shown($0, in: folder))
    }
    guard overwrites || existing.isEmpty else {
      let names = existing.map { Self.shown($0, in: folder) }
      throw CommandProblem(
        "\(names.joined(separator: " and ")) \(names.count == 1 ? "exists" : "exist") already. Name another folder, "
          + "or write over \(names.count == 1 ? "it" : "them") with --force.", .usage)
    }
    try Self.makeFolder(folder)
    for file in files {
      let url = URL(filePath: folder).appending(path: file.path)
      try Self.makeFolder(url.deletingLastPathComponent().path)
      do {
        try Data(file.text.utf8).write(to: url, options: .atomic)
      } catch {
        throw CommandProblem(
          "\(Self.shown(file.path, in: folder)) cannot be written. Name a folder that you may write to.", .usage)
      }
    }
  }

  /// Tells what was written, and what to do next: commands with remarks.
  func report(next steps: [(command: String, remark: String)], _ terminal: Terminal) {
    for file in files { terminal.print("wrote \(Self.shown(file.path, in: folder))") }
    terminal.print("\n\(terminal.bold("Next"))")
    let width = steps.map(\.command.count).max() ?? 0
    for step in steps {
      let remark = step.remark.isEmpty ? "" : "  \(terminal.dim("# \(step.remark)"))"
      terminal.print("  \(step.remark.isEmpty ? step.command : step.command.padded(to: width))\(remark)")
    }
  }
}
