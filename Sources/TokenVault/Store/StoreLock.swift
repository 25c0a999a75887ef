#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The lock that makes stores be opened one after the other: two processes must not both set a damaged file aside, or both
/// make the tables. It is one on the folder (`flock`), so it leaves no file behind, and the kernel lets go of it when its
/// process ends, however that comes.
struct StoreLock: ~Copyable {
  private let descriptor: Int32

  /// Waits for the lock.
  /// - Parameter isTooLate: Asked between the tries, every 5 ms.
  /// - Throws: ``StoreFault`` of kind `busy`, when it is too late.
  init(folder: String, isTooLate: () -> Bool) throws(StoreFault) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      // A file system without such locks: go on without, as SQLite's own locks are there still.
      guard errno == EWOULDBLOCK || errno == EINTR else { return }
      guard !isTooLate() else {
        close(descriptor)
        throw StoreFault(.busy, "Another process is opening a token store in \(folder) for longer than DB_TIMEOUT.")
      }
      usleep(5000)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }
}
