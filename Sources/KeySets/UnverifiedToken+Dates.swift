#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension UnverifiedToken {
  /// The end of the year 9999 in seconds since 1970. What is later is no date but a slip, for instance milliseconds.
  static let latestDate = 253_402_300_799.0

  /// A claim that is a NumericDate (RFC 7519 section 2): seconds since 1970, with a fraction or without.
  /// - Returns: `nil`, if the token has no such claim.
  /// - Throws: ``TokenRejection/Kind/malformed``, if it is not a number or beyond the year 9999 in either direction.
  package func date(_ claim: String) throws(TokenRejection) -> Date? {
    guard let value = claims[claim] else { return nil }
    guard case .number(let seconds, _) = value else {
      throw .malformed("The token's claim \"\(claim)\" is not a number of seconds since 1970.")
    }
    guard abs(seconds) <= Self.latestDate else {
      throw .malformed("The token's claim \"\(claim)\" is no date before the year 10000, in seconds since 1970.")
    }
    return Date(timeIntervalSince1970: seconds)
  }
}
