import Foundation

/// The end of a service manager: a Unix datagram socket that notifications come to.
final class NotifyReceiver: Sendable {
  struct Failed: Error {
    var reason: String
  }

  private let descriptor: Int32

  /// - Parameter path: as in `NOTIFY_SOCKET`.
  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    if path.hasPrefix("@") { name[0] = 0 } else { name.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let bound = withUnsafeBytes(of: &address) { bytes in
      bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
    }
    guard bound == 0 else { throw Failed(reason: String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  /// The lines of the next message.
  func next() async throws -> [String] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { [descriptor] in
        var octets = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &octets, octets.count, 0)
        continuation.resume(
          with: count > 0
            ? .success(String(decoding: octets.prefix(count), as: UTF8.self).components(separatedBy: "\n"))
            : .failure(Failed(reason: String(cString: strerror(errno)))))
      }
    }
  }

  /// The next message that has a line.
  func next(with line: String) async throws -> [String] {
    while true {
      let message = try await next()
      if message.contains(line) { return message }
    }
  }
}
