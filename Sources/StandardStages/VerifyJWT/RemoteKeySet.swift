package import Backend
import HTTPTypes
package import KeySets
import NIOCore
import TelephoneKit

/// A JWKS behind a URL. A fetch has 10 s, and takes no more than ``KeySet/maximumJWKSSize``.
package struct RemoteKeySet: Sendable {
  /// How long one fetch may take.
  static let timeLimit = Duration.seconds(10)

  private let origin: Origin
  private let target: String

  /// - Throws: an ``OriginError`` for a URL that is none.
  package init(url: String) throws(OriginError) {
    let (origin, target) = try Origin.parse(url: url)
    self.origin = origin
    self.target = target.hasPrefix("/") ? target : "/\(target)"
  }

  /// Its keys, fetched when they are needed and kept for a while.
  /// - Throws: what a transport throws that cannot be set up.
  package func source(clock: any Clock<Duration>) throws -> CachedKeySource {
    let client = try client(clock: clock)
    return CachedKeySource(fetch: { try await get(with: client) }, clock: clock)
  }

  /// What it is fetched with; it must be shut down in the end.
  func client(clock: any Clock<Duration>) throws -> BackendClient {
    BackendClient(
      transport: try PooledTransport(clock: clock), limits: BackendLimits(total: Self.timeLimit), clock: clock)
  }

  func get(with client: BackendClient) async throws -> [UInt8] {
    let request = BackendRequest(
      origin: origin, target: target, fields: [.accept: "application/jwk-set+json, application/json"])
    let response = try await client.respond(to: request)
    guard response.status == .ok else {
      await response.body.close()
      throw KeySetError(.unavailable, "The JWKS was answered with status \(response.status.code), not 200.")
    }
    return Array(buffer: try await response.body.collect(upTo: KeySet.maximumJWKSSize))
  }
}
