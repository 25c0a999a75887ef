import NIOCore
import Synchronization
import TestSupport

/// A TCP proxy that can do to connections what networks do.
final class FaultProxy: Sendable {
  /// What becomes of new connections.
  enum Dials: Sendable {
    case pass
    /// They are reset at once.
    case reset
    /// They are taken, and nothing is ever said.
    case silent
    /// Each request is answered 403 with an empty body, as Phoenix refuses a token.
    case refuseToken
  }

  private struct State {
    var dials = Dials.pass
    var links: [Int: ProxyLink] = [:]
    var lastID = 0
    var silent: [Int: RawConnection] = [:]
  }

  private let server: RawServer
  private let shared: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  private init(server: RawServer, shared: Shared) {
    self.server = server
    self.shared = shared
  }

  var port: Int { server.port }

  /// - Parameters:
  ///   - port: where connections are passed on to.
  ///   - knowsFrames: whether they are WebSockets of a gateway.
  static func start(to port: Int, knowsFrames: Bool) async throws -> FaultProxy {
    let shared = Shared()
    let server = try await RawServer.start { near in
      let id = shared.state.withLock { state in
        state.lastID += 1
        return state.lastID
      }
      switch shared.state.withLock({ $0.dials }) {
      case .reset: await near.reset()
      case .silent:
        shared.state.withLock { $0.silent[id] = near }
        await near.untilClosed()
        shared.state.withLock { _ = $0.silent.removeValue(forKey: id) }
      case .refuseToken:
        _ = try await near.read(until: "\r\n\r\n")
        try await near.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
      case .pass:
        let far: RawConnection
        do {
          far = try await RawClient.connect(port: port)
        } catch {
          return await near.reset()
        }
        let link = ProxyLink(agent: near, gateway: far, knowsFrames: knowsFrames)
        shared.state.withLock { $0.links[id] = link }
        await link.run()
        shared.state.withLock { _ = $0.links.removeValue(forKey: id) }
      }
    }
    return FaultProxy(server: server, shared: shared)
  }

  /// From now on new connections are treated so. Those that were taken in silence are closed when silence ends.
  func setDials(_ dials: Dials) async {
    let silent = shared.state.withLock { state in
      state.dials = dials
      return Array(state.silent.values)
    }
    if case .silent = dials { return }
    for connection in silent { await connection.close() }
  }

  /// The connections that are open now, in the order in which they came.
  var links: [ProxyLink] {
    shared.state.withLock { state in state.links.sorted { $0.key < $1.key }.map(\.value) }
  }

  func stop() async {
    for link in links { await link.reset() }
    await server.stop()
  }
}
