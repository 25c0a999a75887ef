import Foundation
import PipelineFile
import Rehearsal

/// Files that may hold tests, as they are named on a command line.
enum TestPaths {
  /// Pipeline files and files of tests. A pipeline file brings the file of tests beside it; a folder stands for all files
  /// in it, by name. Each comes once.
  /// - Parameter paths: none: the folder `pipelines`, else the one that the program runs in.
  static func expand(_ paths: [String]) throws -> [String] { try expand(paths, by: files) }

  /// The same with the fragments of folders, none of which is read: what a change of the folders shows in.
  static func candidates(_ paths: [String]) throws -> [String] { try expand(paths, by: all) }

  private static func expand(_ paths: [String], by files: (String) throws -> [String]) throws -> [String] {
    let paths = paths.isEmpty ? [isFolder("pipelines") ? "pipelines" : "."] : paths
    var seen: Set<String> = []
    return try paths.flatMap(files).filter { seen.insert(FilePath.identity(of: $0)).inserted }
  }

  private static func all(_ path: String) throws -> [String] {
    guard isFolder(path) else {
      let beside = TestFile.path(beside: path)
      let hasTestsBeside = !TestFile.isTestFile(path) && FileManager.default.fileExists(atPath: beside)
      return hasTestsBeside ? [path, beside] : [path]
    }
    return try FolderListing.names(in: path).sorted()
      .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
      .map { path == "." ? $0 : "\(path)/\($0)" }
  }

  private static func files(_ path: String) throws -> [String] {
    let all = try all(path)
    guard isFolder(path) else { return all }
    let files = all.filter { !isFragment($0) }
    guard !files.isEmpty else {
      throw CommandProblem(
        all.isEmpty
          ? "There is no .yaml file in \(path)."
          : "All files in \(path) are fragments. Name the files that include them, or one of them.", .usage)
    }
    return files
  }

  /// Whether a file can only be included. One that says that it is a pipeline, too, is wrong, and to be told so.
  private static func isFragment(_ file: String) -> Bool {
    let octets = (try? DiskFileReader().octets(of: file, limit: YAMLLimits().octets)) ?? []
    let keys = topKeys(of: octets, file)
    return keys.contains("fragment") && !keys.contains("pipeline")
  }

  /// The keys of a file's top level; of one that is no good YAML those that seem to be.
  private static func topKeys(of octets: [UInt8], _ file: String) -> [String] {
    var diagnostics = DiagnosticList()
    if let root = YAMLComposer.compose(octets, file: file, into: &diagnostics), case .mapping(let pairs) = root.content
    {
      return pairs.map(\.key)
    }
    let lines = String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline)
    return ["fragment", "pipeline"].filter { key in lines.contains { $0.hasPrefix("\(key):") } }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
