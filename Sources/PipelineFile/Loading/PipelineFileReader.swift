/// Where pipeline files and the fragments that they include come from.
package protocol PipelineFileReader: Sendable {
  /// The octets of a file, or its first `limit + 1` if it has more than `limit`.
  /// - Throws: ``PipelineFileReadError``.
  func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8]
}

/// Why a file cannot be read, as half a sentence: `No such file or directory`.
package struct PipelineFileReadError: Error, Sendable {
  package var reason: String
  /// Whether there is no such file. Else there may be one.
  package var isMissing: Bool

  package init(_ reason: String, isMissing: Bool = false) {
    self.reason = reason
    self.isMissing = isMissing
  }
}

/// Files by their paths, in memory.
package struct MemoryFileReader: PipelineFileReader {
  package var files: [String: [UInt8]]

  package init(_ files: [String: String] = [:]) { self.files = files.mapValues { Array($0.utf8) } }

  package func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8] {
    guard let octets = files[path] else { throw PipelineFileReadError("No such file or directory", isMissing: true) }
    return Array(octets.prefix(limit + 1))
  }
}

/// Paths of pipeline files, as text.
package enum FilePath {
  /// The folder of a file, `.` if its path names none.
  package static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of a path: the name of a file in its folder.
  package static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// A path in a file, seen from the folder of that file.
  package static func resolve(_ path: String, from file: String) -> String {
    let directory = directory(of: file)
    if path.hasPrefix("/") || directory == "." { return path }
    return directory == "/" ? "/\(path)" : "\(directory)/\(path)"
  }

  /// A path without `.` and `..`, to know a file again.
  package static func identity(of path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
