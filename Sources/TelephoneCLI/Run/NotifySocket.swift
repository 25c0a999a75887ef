import Foundation

/// The socket of a service manager that notifications go to: a Unix datagram socket, by its path or, with `@` in front,
/// in the abstract namespace of Linux. See sd_notify(3).
struct NotifySocket: Sendable {
  struct Unusable: Error, Equatable {
    let sentence: String
  }

  private let address: [UInt8]
  private let descriptor: Int32

  /// Opens a socket, which stays open until the process ends.
  /// - Parameter path: what `NOTIFY_SOCKET` holds.
  init(path: String) throws(Unusable) {
    address = try Self.address(path)
    descriptor = socket(AF_UNIX, Self.kind, 0)
    guard descriptor >= 0 else { throw Unusable(sentence: Self.reason(errno)) }
  }

  /// Never blocks.
  func send(_ message: NotifyMessage) throws(Unusable) {
    let octets = Array(message.text.utf8)
    let sent = address.withUnsafeBytes { address in
      octets.withUnsafeBytes { octets in
        sendto(
          descriptor, octets.baseAddress, octets.count, Self.flags,
          address.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
      }
    }
    guard sent == octets.count else { throw Unusable(sentence: Self.reason(errno)) }
  }

  /// The octets of a `sockaddr_un`.
  static func address(_ path: String) throws(Unusable) -> [UInt8] {
    var name = Array(path.utf8)
    guard let first = path.first, first == "/" || first == "@", name.count > 1, !name.contains(0) else {
      throw Unusable(sentence: "NOTIFY_SOCKET must be a path that begins with / or @.")
    }
    if first == "@" { name[0] = 0 } else { name.append(0) }
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    guard offset + name.count <= MemoryLayout<sockaddr_un>.size else {
      throw Unusable(sentence: "NOTIFY_SOCKET is too long for the address of a socket.")
    }
    return withUnsafeBytes(of: sockaddr_un(sun_family: sa_family_t(AF_UNIX), sun_path: Self.noPath)) {
      Array($0.prefix(offset))
    } + name
  }

  private static let noPath = sockaddr_un().sun_path

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  #if os(Linux)
    private static let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    private static let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
  #else
    private static let kind = SOCK_DGRAM
    private static let flags = MSG_DONTWAIT
  #endif
}
