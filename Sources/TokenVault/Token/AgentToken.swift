import KeySets

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// The token that the agent shows to the gateway, read but not verified: its form is right and it has the five claims
/// that every gateway asks for. Whether it is genuine is what ``TokenTrust`` finds out.
///
/// It never prints itself: ``rawValue`` is the only way to the token.
package struct AgentToken: Sendable {
  /// The token in compact serialization, for the query of the socket's URL. Never for a log, an error or a trace.
  package let rawValue: String
  /// `sub`.
  package let subject: String
  /// `jti`.
  package let id: String
  /// `path_id`: the channel's topic is `telephone:` and this.
  package let pathID: String
  /// `iat`.
  package let issuedAt: Date
  /// `exp`: from this date on the gateway refuses the token (RFC 7519 section 4.1.4).
  package let expiresAt: Date

  /// The most octets that `sub`, `jti` and `path_id` may have each.
  package static let maximumClaimSize = 1024

  /// Reads a token. The date is not looked at; that is ``check(at:)``.
  /// - Throws: ``TokenFault``, if it is empty, no signed JWT (RFC 7519 section 3) of at most 16 KiB, or if one of `sub`,
  ///   `jti` and `path_id` is not a string of 1 to ``maximumClaimSize`` octets without control characters, or `iat` or
  ///   `exp` is no date.
  package init(_ compact: String) throws(TokenFault) {
    let token = try Self.form(of: compact)
    rawValue = compact
    subject = try Self.string("sub", of: token)
    id = try Self.string("jti", of: token)
    pathID = try Self.string("path_id", of: token)
    issuedAt = try Self.date("iat", of: token)
    expiresAt = try Self.date("exp", of: token)
  }

  /// Checks that the token is in force: `exp` is later than `now`. There is no leeway: the gateway may have none.
  /// - Throws: ``TokenFault`` of kind `expired`, which says since when, and what to do.
  package func check(at now: Date) throws(TokenFault) {
    guard now < expiresAt else { throw Self.expired(at: expiresAt) }
  }

  static func expired(at date: Date) -> TokenFault {
    TokenFault(.expired, "The token expired at \(date.formatted(.iso8601)). \(remedy)")
  }

  /// The token's parts, if it is a signed JWT.
  static func form(of compact: String) throws(TokenFault) -> UnverifiedToken {
    guard !compact.isEmpty else {
      throw TokenFault(.missing, "There is no token. Set TELEPHONE_TOKEN to the one from the gateway.")
    }
    let token: UnverifiedToken
    do {
      token = try UnverifiedToken(compact)
    } catch {
      throw TokenFault(.malformed, "\(error.sentence) Copy it whole, without quotes and line ends.")
    }
    guard !token.signature.isEmpty else {
      throw TokenFault(.malformed, "The token is not signed, so no gateway takes it. \(remedy)")
    }
    return token
  }

  static let remedy = "Ask for a new one where it came from (our own switchboard: telephone token issue)."

  static func string(_ claim: String, of token: UnverifiedToken) throws(TokenFault) -> String {
    guard let value = token.claims[claim], value != .null else { throw missing(claim) }
    guard let string = value.string, !string.isEmpty else {
      throw TokenFault(.malformed, "The token's claim \"\(claim)\" is empty or not a string. \(remedy)")
    }
    guard string.utf8.count <= maximumClaimSize else {
      throw TokenFault(
        .malformed, "The token's claim \"\(claim)\" is longer than \(maximumClaimSize) octets. \(remedy)")
    }
    guard !string.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw TokenFault(.malformed, "The token's claim \"\(claim)\" has a control character. \(remedy)")
    }
    return string
  }

  static func date(_ claim: String, of token: UnverifiedToken) throws(TokenFault) -> Date {
    do {
      if let date = try token.date(claim) { return date }
    } catch {
      throw TokenFault(.malformed, "\(error.sentence) \(remedy)")
    }
    throw missing(claim)
  }

  private static func missing(_ claim: String) -> TokenFault {
    TokenFault(.missingClaim, "The token has no claim \"\(claim)\", which every gateway asks for. \(remedy)")
  }
}

extension AgentToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "‹token›" }
  package var debugDescription: String { description }
  /// Nothing, so that `dump` and a test's failure message show no token either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
