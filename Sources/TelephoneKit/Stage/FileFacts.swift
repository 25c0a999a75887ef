#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What tells one state of a file from another without reading it: which file it is, how long, and when it was changed.
///
/// A symbolic link counts as what it leads to, so a link that leads elsewhere now has other facts.
package struct FileFacts: Sendable, Hashable {
  private var device: UInt64
  private var number: UInt64
  private var size: Int64
  /// Since 1970, as the next.
  private var modified: Duration
  /// Of its contents, or of what the file system knows of it.
  private var changed: Duration

  /// `nil` if there is no such file, or it cannot be looked at.
  package init?(of path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: facts.st_dev)
    number = UInt64(truncatingIfNeeded: facts.st_ino)
    size = Int64(facts.st_size)
    #if canImport(Darwin)
      (modified, changed) = (Duration(facts.st_mtimespec), Duration(facts.st_ctimespec))
    #else
      (modified, changed) = (Duration(facts.st_mtim), Duration(facts.st_ctim))
    #endif
  }
}
