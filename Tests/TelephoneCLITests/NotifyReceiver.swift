import Foundation

/// The end of a service manager: a Unix datagram socket that notifications come to.
final class NotifyReceiver: Sendable {
  struct Failed: Error {
    var reason: String
  }

  private let descriptor: Int32
  private let messages: AsyncStream<[String]>

  /// - Parameter path: as in `NOTIFY_SOCKET`.
  init(path: String) throws {
    let (messages, continuation) = AsyncStream.makeStream(of: [String].self)
    self.messages = messages
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    if path.hasPrefix("@") { name[0] = 0 } else { name.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let bound = withUnsafeBytes(of: &address) { bytes in
      bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
    }
    guard bound == 0 else { throw Failed(reason: String(cString: strerror(errno))) }
    Thread.detachNewThread { [descriptor] in Self.read(descriptor, continuation) }
  }

  deinit {
    // Ends the reader's wait.
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  /// Takes all that comes, at once: a sender finds the queue full after ten messages.
  private static func read(_ descriptor: Int32, _ messages: AsyncStream<[String]>.Continuation) {
    var octets = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &octets, octets.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      messages.yield(String(decoding: octets.prefix(count), as: UTF8.self).components(separatedBy: "\n"))
    }
    messages.finish()
  }

  /// The lines of the next message.
  func next() async throws -> [String] {
    for await message in messages { return message }
    throw Failed(reason: "no more messages")
  }

  /// The next message that has a line.
  func next(with line: String) async throws -> [String] {
    while true {
      let message = try await next()
      if message.contains(line) { return message }
    }
  }
}
