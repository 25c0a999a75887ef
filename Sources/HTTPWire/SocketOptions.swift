import NIOCore

/// The TCP options that every connection here has: small writes leave at once, and little waits in the system.
enum SocketOptions {
  /// `TCP_NOTSENT_LOWAT`: the system takes no more while so many octets were not sent yet. What waits longer waits here,
  /// where a small answer passes a large one and where it shows that a slow peer takes something.
  static let unsentLimit: ChannelOptions.Types.SocketOption.Value = 128 << 10

  #if canImport(Darwin)
    private static let unsentOption = NIOBSDSocket.Option(rawValue: 0x201)
  #else
    private static let unsentOption = NIOBSDSocket.Option(rawValue: 25)
  #endif

  /// Sets them where they mean something: not on a Unix socket. Call it on the channel's event loop.
  static func apply(to channel: any Channel) {
    try? channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
    try? channel.syncOptions?.setOption(.tcpOption(unsentOption), value: unsentLimit)
  }
}
