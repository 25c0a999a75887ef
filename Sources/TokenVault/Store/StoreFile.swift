#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The file of the store and the folder that it is in: that they are there, that nobody else can read them, and the way to
/// put a damaged one aside.
///
/// It never opens the database itself: closing such a descriptor would drop the locks that SQLite holds on the file in this
/// process (POSIX advisory locks belong to the process).
struct StoreFile: Sendable {
  /// What SQLite makes beside the file.
  static let suffixes = ["", "-wal", "-shm", "-journal"]

  /// With symbolic links in its last place followed, also to what is not there yet: SQLite follows them, and makes its
  /// files beside the target.
  let path: String

  init(path: String) {
    var path = path
    // As many as the kernel follows.
    for _ in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
      path = target.hasPrefix("/") ? target : "\(Self.folder(of: path))/\(target)"
    }
    self.path = path
  }

  var folder: String { Self.folder(of: path) }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  var exists: Bool { Self.status(of: path) != nil }

  /// Checks the folder, makes the file if it is missing, and takes the file and those beside it away from everybody but
  /// their owner (mode 0600).
  /// - Returns: `false`, if the mode could not be changed: others may read the file.
  func prepare() throws(StoreFault) -> Bool {
    guard let found = Self.status(of: folder) else {
      throw StoreFault(.folder, "The folder \(folder) of TOKEN_DB_PATH is not there. Make it, or set another path.")
    }
    guard found.type == .typeDirectory else {
      throw StoreFault(.folder, "\(folder), the folder of TOKEN_DB_PATH, is no folder. Set another path.")
    }
    try checkRegular()
    if !exists {
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        close(descriptor)
      } else if errno != EEXIST {
        throw fault("No file can be made in \(folder), the folder of TOKEN_DB_PATH", errno)
      }
    }
    return protect()
  }

  /// Checks that what is there under the path, if anything, is a regular file.
  func checkRegular() throws(StoreFault) {
    guard let found = Self.status(of: path), found.type != .typeRegular else { return }
    throw StoreFault(.file, "\(path), the file of TOKEN_DB_PATH, is no regular file. Set another path.")
  }

  /// Sets the mode 0600 where another is set.
  func protect() -> Bool {
    var isPrivate = true
    for suffix in Self.suffixes {
      guard let mode = Self.status(of: path + suffix)?.mode, mode & 0o777 != 0o600 else { continue }
      if chmod(path + suffix, 0o600) != 0, mode & 0o077 != 0 { isPrivate = false }
    }
    return isPrivate
  }

  /// Makes a file in the folder and removes it, to tell a folder that takes none from a file that is at fault. Only for a
  /// store that could not be opened: a process that is killed in the middle leaves the file behind.
  func probe() throws(StoreFault) {
    let name = "\(folder)/.telephone-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw fault("No file can be made in \(folder), the folder of TOKEN_DB_PATH", errno) }
    close(descriptor)
    unlink(name)
  }

  private func fault(_ what: String, _ code: Int32) -> StoreFault {
    let kind: StoreFault.Kind = code == ENOSPC || code == EDQUOT ? .full : .folder
    return StoreFault(
      kind,
      "\(what): \(String(cString: strerror(code))). The agent's user must own the folder and be able to write to it.")
  }

  /// Renames a damaged file, and those beside it, to `PATH.corrupt-20260131T235959Z`. Nothing is deleted.
  /// - Returns: the new path.
  func setAside(at now: Date) throws(StoreFault) -> String {
    let date = now.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
    for number in 0..<1000 {
      let target = path + ".corrupt-\(date)" + (number == 0 ? "" : "-\(number)")
      guard Self.suffixes.allSatisfy({ Self.status(of: target + $0) == nil }) else { continue }
      // The file goes first: without it, those beside it are never taken for those of a new one.
      for suffix in Self.suffixes where Self.status(of: path + suffix) != nil {
        guard rename(path + suffix, target + suffix) == 0 else {
          throw fault("The damaged file \(path + suffix) cannot be renamed", errno)
        }
      }
      return target
    }
    throw StoreFault(.corrupt, "The file \(path) is damaged, and so are many others beside it. Clear the folder up.")
  }

  /// The type and the mode of what is there under a path, symbolic links followed; `nil`, if there is nothing.
  private static func status(of path: String) -> (type: FileAttributeType, mode: Int)? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    let attributes = try? FileManager.default.attributesOfItem(atPath: String(cString: resolved))
    guard let attributes, let type = attributes[.type] as? FileAttributeType,
      let mode = attributes[.posixPermissions] as? UInt
    else { return nil }
    return (type, Int(truncatingIfNeeded: mode))
  }
}
