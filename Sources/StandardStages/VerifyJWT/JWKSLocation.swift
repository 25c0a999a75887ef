import Backend
import Foundation
import HTTPTypes
import KeySets
import NIOCore
import TelephoneKit

/// Where a JWKS is: a file, or a URL that is fetched within 10 s and 1 MiB.
enum JWKSLocation: Sendable {
  case file(String)
  case url(Origin, target: String)

  /// How long one fetch may take.
  static let timeLimit = Duration.seconds(10)

  /// - Throws: an ``OriginError`` for a URL that is none.
  init(_ text: String, _ context: StageContext) throws(OriginError) {
    guard text.contains("://") else {
      self = .file(context.path(text))
      return
    }
    let (origin, target) = try Origin.parse(url: text)
    self = .url(origin, target: target.hasPrefix("/") ? target : "/\(target)")
  }

  /// A function that gives the octets, and what must be shut down in the end.
  /// - Throws: what a transport throws that cannot be set up.
  func fetcher(_ context: StageContext) throws -> (fetch: @Sendable () async throws -> [UInt8], client: BackendClient?)
  {
    switch self {
    case .file(let path): return ({ try Self.read(path) }, nil)
    case .url(let origin, let target):
      guard context.mayConnect else {
        return ({ throw KeySetError(.unavailable, "A dry-run fetches no keys.") }, nil)
      }
      let client = BackendClient(
        transport: try PooledTransport(clock: context.clock), limits: BackendLimits(total: Self.timeLimit),
        clock: context.clock)
      return ({ try await Self.get(target, from: origin, with: client) }, client)
    }
  }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw KeySetError(.unavailable, "The JWKS file cannot be opened.")
    }
    defer { try? file.close() }
    return Array(try file.read(upToCount: KeySet.maximumJWKSSize + 1) ?? Data())
  }

  private static func get(
    _ target: String, from origin: Origin, with client: BackendClient
  ) async throws -> [UInt8] {
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
