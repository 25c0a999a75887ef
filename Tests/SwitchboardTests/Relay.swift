import NIOCore
import Synchronization
import TestSupport

/// Stands between who connects and a port, passes octets on both ways, and can cut what it carries.
final class Relay: Sendable {
  private struct Link {
    var near: RawConnection
    var far: RawConnection
  }

  private let server: RawServer
  private let links: Links

  private final class Links: Sendable {
    let open = Mutex<[Link]>([])
  }

  private init(server: RawServer, links: Links) {
    self.server = server
    self.links = links
  }

  /// Runs `body` with a relay to a port.
  static func with(to port: Int, _ body: (Relay) async throws -> Void) async throws {
    let links = Links()
    try await RawServer.with { near in
      let far = try await RawClient.connect(port: port)
      links.open.withLock { $0.append(Link(near: near, far: far)) }
      async let back: Void = pass(from: far, to: near)
      await pass(from: near, to: far)
      await back
    } _: { server in
      try await body(Relay(server: server, links: links))
    }
  }

  var port: Int { server.port }

  /// Ends the connection that came so-manieth, from 0, at both ends with a reset.
  func cut(_ number: Int) async {
    guard let link = links.open.withLock({ $0.indices.contains(number) ? $0[number] : nil }) else { return }
    await link.near.reset()
    await link.far.reset()
  }

  private static func pass(from source: RawConnection, to sink: RawConnection) async {
    while let octets = await source.readSome() {
      do { try await sink.write(octets) } catch { break }
    }
    await sink.close()
    await source.close()
  }
}
