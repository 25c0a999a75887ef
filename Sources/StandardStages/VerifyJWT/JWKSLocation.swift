import Backend
import Foundation
import KeySets
import TelephoneKit

/// Where a JWKS is: a file, or a URL that is fetched within 10 s and 1 MiB.
enum JWKSLocation: Sendable {
  case file(String)
  case url(RemoteKeySet)

  /// - Throws: an ``OriginError`` for a URL that is none.
  init(_ text: String, _ context: StageContext) throws(OriginError) {
    guard text.contains("://") else {
      self = .file(context.path(text))
      return
    }
    let remote = try RemoteKeySet(url: text)
    if !context.mayConnect, let file = context.filesOfURLs[text] {
      self = .file(file)
    } else {
      self = .url(remote)
    }
  }

  /// A function that gives the octets, and what must be shut down in the end.
  /// - Throws: what a transport throws that cannot be set up.
  func fetcher(_ context: StageContext) throws -> (fetch: @Sendable () async throws -> [UInt8], client: BackendClient?)
  {
    switch self {
    case .file(let path): return ({ try Self.read(path) }, nil)
    case .url(let keySet):
      guard context.mayConnect else {
        return (
          {
            throw KeySetError(
              .unavailable, "No keys are fetched here; give a file in their place, with --jwks URL=FILE or 'key-sets'.")
          }, nil
        )
      }
      let client = try keySet.client(clock: context.clock)
      return ({ try await keySet.get(with: client) }, client)
    }
  }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw KeySetError(.unavailable, "The JWKS file cannot be opened.")
    }
    defer { try? file.close() }
    return Array(try file.read(upToCount: KeySet.maximumJWKSSize + 1) ?? Data())
  }
}
