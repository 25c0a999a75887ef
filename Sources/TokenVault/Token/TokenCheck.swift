#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What came of verifying a token: one verdict for each check, so that a person sees which one failed.
///
/// Only ``usable`` gives a token that may be shown to a gateway. No verdict holds a character of the token.
package struct TokenCheck: Sendable {
  /// A check. The raw value is what is printed: a part of the token, or the name of a claim.
  package enum Name: String, CaseIterable, Hashable, Sendable {
    /// It is a signed JWT of at most 16 KiB.
    case form
    case signature
    case subject = "sub"
    case id = "jti"
    case pathID = "path_id"
    case issuedAt = "iat"
    case expiresAt = "exp"
    /// Told only if the token has such a claim and it fails; no gateway asks for it.
    case notBefore = "nbf"
  }

  package enum Verdict: Equatable, Sendable {
    /// With something to know, else an empty string.
    case passed(String)
    case failed(TokenFault)
    /// With the reason why it was not tried.
    case skipped(String)
  }

  package struct Entry: Equatable, Sendable {
    package let name: Name
    package let verdict: Verdict
  }

  /// The checks in the order of ``Name``.
  package let entries: [Entry]

  /// The token, if it could be read. It need not be genuine or in force: for its claims, never for a gateway.
  package let token: AgentToken?

  init(_ entries: [Entry], token: AgentToken?) {
    self.entries = entries
    self.token = token
  }

  /// The first check that failed.
  package var fault: TokenFault? {
    for entry in entries {
      if case .failed(let fault) = entry.verdict { return fault }
    }
    return nil
  }

  /// The token, if every check passed (or verification is off, and all others did).
  package var usable: AgentToken? { fault == nil ? token : nil }

  package subscript(name: Name) -> Verdict? { entries.first { $0.name == name }?.verdict }
}
