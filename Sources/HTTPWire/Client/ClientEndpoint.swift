import NIOCore

/// Where a server is.
package enum ClientEndpoint: Sendable, Hashable {
  case tcp(host: String, port: Int)
  /// The path of a Unix domain socket.
  case unix(path: String)

  /// The name that a certificate must be for; `nil` for an address, which a certificate may name, too, but which cannot
  /// be asked for (RFC 6066, 3).
  var serverName: String? {
    guard case .tcp(let host, _) = self, (try? SocketAddress(ipAddress: host, port: 0)) == nil else { return nil }
    return host
  }
}
