import Foundation

/// The files that `--jwks` names for what is behind URLs.
enum KeySetFiles {
  /// - Throws: a ``CommandProblem`` for what is no `URL=FILE`, and for a file that is not there.
  static func read(_ flags: [String]) throws -> [String: String] {
    var files: [String: String] = [:]
    for flag in flags {
      // A URL may hold equals signs; the name of the file stands behind the last.
      guard let equals = flag.lastIndex(of: "="), flag[..<equals].contains("://") else {
        throw CommandProblem("--jwks must be URL=FILE, not '\(flag)'.", .usage)
      }
      let file = String(flag[flag.index(after: equals)...])
      guard FileManager.default.isReadableFile(atPath: file) else {
        throw CommandProblem("--jwks: the file '\(file)' cannot be read.", .usage)
      }
      guard files.updateValue(file, forKey: String(flag[..<equals])) == nil else {
        throw CommandProblem("--jwks names \(flag[..<equals]) twice.", .usage)
      }
    }
    return files
  }
}
