#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of this machine.
package struct DiskFileReader: PipelineFileReader {
  package init() {}

  package func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8] {
    // Not blocking, so that a pipe that nobody writes to does not hold the program up.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.lastError() }
    defer { _ = close(descriptor) }
    var octets = [UInt8](repeating: 0, count: limit + 1)
    var filled = 0
    while filled < octets.count {
      let count = octets.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.lastError() }
      if count == 0 { break }
      filled += count
    }
    return Array(octets[..<filled])
  }

  private static func lastError() -> PipelineFileReadError {
    PipelineFileReadError(String(cString: strerror(errno)))
  }
}
