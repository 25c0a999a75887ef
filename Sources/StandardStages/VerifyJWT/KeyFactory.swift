import Backend
import Foundation
import KeySets
import Logging
import TelephoneKit

/// Makes the keys that the options of ``VerifyJWT`` name.
struct KeyFactory {
  let options: VerifyJWTOptions
  let context: StageContext

  /// - Returns: the keys, and the client that fetches them, if there is one.
  /// - Throws: ``StageBuildError`` for a file that cannot be read, or a key that none of the algorithms takes.
  func source() throws -> (any KeySource, BackendClient?) {
    if let secret = options.secret { return (FixedKeySource(try keySet(secret: secret)), nil) }
    if let path = options.publicKey { return (FixedKeySource(try keySet(pemFile: path)), nil) }
    guard let jwks = options.jwks else {
      throw StageBuildError("One of 'secret', 'public-key' and 'jwks' must be given.")
    }
    return try source(jwks: jwks)
  }

  private func keySet(secret: String) throws -> KeySet {
    let wanted = options.algorithms.compactMap(\.minimumSecretSize).max() ?? 0
    if secret.utf8.count < wanted {
      context.logger.warning(
        "secret is shorter than its algorithm asks for",
        metadata: ["stage": "\(context.id)", "octets": "\(secret.utf8.count)", "wanted": "\(wanted)"])
    }
    return try named("secret") { () throws(KeySetError) in try KeySet(secret: secret) }
  }

  private func keySet(pemFile path: String) throws -> KeySet {
    guard let file = FileHandle(forReadingAtPath: context.path(path)),
      let data = try? file.read(upToCount: KeySet.maximumPEMSize + 1)
    else { throw StageBuildError("The file '\(path)' cannot be read.", option: "public-key") }
    let set = try named("public-key") { () throws(KeySetError) in
      try KeySet(pem: String(decoding: data, as: UTF8.self))
    }
    try requireSupport(set, "public-key")
    return set
  }

  private func source(jwks: String) throws -> (any KeySource, BackendClient?) {
    let location: JWKSLocation
    do {
      location = try JWKSLocation(jwks, context)
    } catch {
      throw StageBuildError("'jwks': \(error.sentence).", option: "jwks", cause: error)
    }
    if case .file(let path) = location {
      let set = try named("jwks") { () throws(KeySetError) in
        do {
          return try KeySet(jwks: JWKSLocation.read(path))
        } catch let error as KeySetError {
          throw error
        } catch {
          throw KeySetError(.unavailable, "The JWKS file cannot be read.", cause: error)
        }
      }
      for sentence in set.leftOut {
        context.logger.warning("key left out", metadata: ["stage": "\(context.id)", "reason": "\(sentence)"])
      }
      try requireSupport(set, "jwks")
    }
    let (fetch, client) = try location.fetcher(context)
    return (CachedKeySource(fetch: fetch, clock: context.clock), client)
  }

  private func requireSupport(_ set: KeySet, _ option: String) throws {
    for algorithm in options.algorithms where !set.supports(algorithm) {
      throw StageBuildError(
        "'\(option)' has no key for \(algorithm.rawValue), but \(set.kinds.map(\.rawValue).sorted().joined(separator: ", ")).",
        option: option)
    }
  }

  private func named(_ option: String, _ make: () throws(KeySetError) -> KeySet) throws -> KeySet {
    do {
      return try make()
    } catch {
      throw StageBuildError("'\(option)': \(error.sentence)", option: option, cause: error)
    }
  }
}
