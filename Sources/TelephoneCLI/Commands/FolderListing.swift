import Foundation

/// A folder that was named on a command line.
enum FolderListing {
  /// The names in it.
  /// - Throws: a ``CommandProblem`` if it cannot be read.
  static func names(in path: String) throws(CommandProblem) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      let cause = ((error as? CocoaError)?.underlying as? POSIXError).map {
        ": \(String(cString: strerror($0.code.rawValue)))"
      }
      throw CommandProblem("The folder \(path) cannot be read\(cause ?? "").", .usage)
    }
  }
}
