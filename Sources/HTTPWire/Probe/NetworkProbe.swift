package import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The steps of a dial one by one, for a person who wants to know which of them fails. Each ends as soon as its task is
/// cancelled; none has a time limit of its own, and none sends anything but what it is named after.
package struct NetworkProbe: Sendable {
  /// A name or an address, an IPv6 address without its brackets.
  package let host: String
  package let port: Int
  let loop: any EventLoop

  package init(host: String, port: Int, on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()) {
    self.host = host
    self.port = port
    self.loop = loop
  }

  var endpoint: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Every address of the name, in the order in which the system gives them (RFC 6724).
  package func addresses() async throws(DialError) -> [SocketAddress] {
    let (host, port) = (host, port)
    let lookup = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try Self.resolve(host, port) }
    do {
      return try await lookup.untilCancelled()
    } catch {
      let reason = (error as? Unresolved).map(\.reason) ?? ""
      throw error is CancellationError
        ? DialError(.cancelled, endpoint: endpoint)
        : DialError(.nameNotResolved, endpoint: endpoint, detail: reason)
    }
  }

  /// Opens a TCP connection, or one to a Unix socket, and closes it.
  package func connect(to address: SocketAddress) async throws(DialError) {
    let connecting = ClientBootstrap(group: loop).connectTimeout(.hours(24)).connect(to: address)
    // It is closed also when nobody waits for it any more.
    connecting.whenSuccess { $0.close(promise: nil) }
    do {
      _ = try await connecting.untilCancelled()
    } catch {
      throw WebSocketClient.translate(error, phase: .connect, endpoint: endpoint)
    }
  }

  private struct Unresolved: Error { let reason: String }

  /// Blocks.
  private static func resolve(_ host: String, _ port: Int) throws -> [SocketAddress] {
    var hints = addrinfo()
    #if canImport(Darwin) || canImport(Musl)
      hints.ai_socktype = SOCK_STREAM
    #else
      hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    #endif
    hints.ai_protocol = CInt(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw Unresolved(reason: gai_strerror(code).map { String(cString: $0) } ?? "") }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      guard let raw = UnsafeRawPointer(entry.ai_addr) else { continue }
      switch entry.ai_family {
      case AF_INET: addresses.append(SocketAddress(raw.loadUnaligned(as: sockaddr_in.self), host: host))
      case AF_INET6: addresses.append(SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self), host: host))
      default: continue
      }
    }
    guard !addresses.isEmpty else { throw Unresolved(reason: "it has no address") }
    return addresses
  }
}

extension EventLoopFuture where Value: Sendable {
  /// The value; `CancellationError` as soon as the task is cancelled.
  func untilCancelled() async throws -> Value {
    let promise = eventLoop.makePromise(of: Value.self)
    cascade(to: promise)
    return try await withTaskCancellationHandler {
      try await promise.futureResult.get()
    } onCancel: {
      promise.fail(CancellationError())
    }
  }
}
