#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of this machine.
package struct DiskFileReader: PipelineFileReader {
  /// How long a writer of a pipe may give nothing, in milliseconds.
  var patience: Int32 = 10_000

  package init() {}

  package func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8] {
    // Not blocking, so that a pipe that nobody writes to does not hold the program up.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.lastError() }
    defer { _ = close(descriptor) }
    var octets: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while octets.count <= limit {
      let wanted = min(part.count, limit + 1 - octets.count)
      let count = part.withUnsafeMutableBytes { buffer in read(descriptor, buffer.baseAddress, wanted) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(for: descriptor)
        continue
      }
      guard count >= 0 else { throw Self.lastError() }
      if count == 0 { break }
      octets += part[..<count]
    }
    return octets
  }

  /// Waits for a writer that is there and has given nothing yet.
  private func wait(for descriptor: Int32) throws(PipelineFileReadError) {
    var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = poll(&asked, 1, patience)
    if count < 0, errno != EINTR { throw Self.lastError() }
    if count == 0 { throw PipelineFileReadError("Nothing was written to it for \(patience / 1000) s") }
  }

  private static func lastError() -> PipelineFileReadError {
    let code = errno
    return PipelineFileReadError(String(cString: strerror(code)), isMissing: code == ENOENT)
  }
}
