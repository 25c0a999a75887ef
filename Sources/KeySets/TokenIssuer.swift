import Crypto

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Signs tokens with HS256 (RFC 7518 section 3.2): what `telephone token issue` and the tests of a gateway need.
///
/// jwt-kit's signer stops a debug build on a secret under 32 octets, so swift-crypto signs here.
package struct TokenIssuer: Sendable {
  /// A claim's value.
  package enum Claim: Encodable, Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case string(String)
    case integer(Int64)

    package init(stringLiteral value: String) { self = .string(value) }

    package init(integerLiteral value: Int64) { self = .integer(value) }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .string(let string): try container.encode(string)
      case .integer(let integer): try container.encode(integer)
      }
    }
  }

  private static let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
  private let key: SymmetricKey

  /// - Parameter secret: Its UTF-8 octets are the key; 32 random ones or more make a good one.
  /// - Throws: ``KeySetError``, if it is empty.
  package init(secret: String) throws(KeySetError) {
    guard !secret.isEmpty else {
      throw KeySetError(.empty, "The secret is empty. Make one with: openssl rand -base64 48")
    }
    key = SymmetricKey(data: Array(secret.utf8))
  }

  /// A token with these claims, in compact serialization. The claims stand in the order of their names.
  /// - Throws: What the encoder throws; strings and integers give it no reason to.
  package func issue(claims: [String: Claim]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let input = Self.header + "." + Base64URL.encode(try encoder.encode(claims))
    let signature = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: key)
    return input + "." + Base64URL.encode(Array(signature))
  }

  /// A token for a telephone: `sub`, `jti`, `path_id`, `iat` and `exp`, dates in whole seconds.
  /// - Parameters:
  ///   - id: `jti`, different for each token.
  ///   - lifetime: From `issuedAt` to `exp`.
  /// - Throws: ``KeySetError`` of kind `malformed`, if a date is beyond the year 9999, and what ``issue(claims:)`` throws.
  package func issue(
    subject: String, pathID: String, id: String, issuedAt: Date, lifetime: Duration
  ) throws -> String {
    let start = issuedAt.timeIntervalSince1970
    let end = start + lifetime / .seconds(1)
    guard abs(start) <= UnverifiedToken.latestDate, abs(end) <= UnverifiedToken.latestDate else {
      throw KeySetError(.malformed, "The token would expire after the year 9999. Give it a shorter life.")
    }
    return try issue(claims: [
      "sub": .string(subject), "jti": .string(id), "path_id": .string(pathID),
      "iat": .integer(Int64(start)), "exp": .integer(Int64(end)),
    ])
  }
}
