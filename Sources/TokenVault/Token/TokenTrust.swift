package import KeySets
import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the agent verifies its own tokens with, whether they come from the settings, the store or a refresh.
package struct TokenTrust: Sendable {
  package enum Source: Hashable, Sendable {
    /// `TOKEN_SECRET`, HS256.
    case tokenSecret
    /// `SECRET_KEY_BASE` in its stead, HS256. In the field it may be the agent's own secret.
    case secretKeyBase
    /// `TOKEN_PUBLIC_KEY`, any asymmetric algorithm that its key is for.
    case publicKey
    /// `TOKEN_JWKS_URL`, likewise.
    case keySet
    /// `TOKEN_VERIFICATION=off`: signatures are not looked at.
    case off
  }

  package let source: Source
  /// What a person should know at each start.
  package let warnings: [VaultNotice]
  private let verifier: TokenVerifier?

  private init(_ source: Source, _ keys: any KeySource, _ algorithms: Set<SignatureAlgorithm>, _ warning: String?) {
    self.source = source
    warnings = warning.map { [VaultNotice(.warning, $0)] } ?? []
    verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: algorithms))
  }

  private init() {
    source = .off
    warnings = [
      VaultNotice(
        .warning,
        "TOKEN_VERIFICATION=off: tokens are used without a look at their signature. Set TOKEN_SECRET, TOKEN_PUBLIC_KEY "
          + "or TOKEN_JWKS_URL to the gateway's instead.")
    ]
    verifier = nil
  }

  /// No signature is verified; form, claims and dates are.
  package static let off = TokenTrust()

  /// HS256 with a shared secret.
  /// - Parameter source: ``Source/tokenSecret`` or ``Source/secretKeyBase``: which setting it came from.
  /// - Throws: ``TokenFault`` of kind `settings`, if it is empty or the text of a public key.
  package static func secret(_ secret: String, from source: Source) throws(TokenFault) -> TokenTrust {
    let name = source == .secretKeyBase ? "SECRET_KEY_BASE" : "TOKEN_SECRET"
    let short = secret.utf8.count < 32
    let warning = "\(name) has fewer than 32 octets, so its signatures can be forged. Make one: openssl rand -base64 48"
    do {
      let keys = FixedKeySource(try KeySet(secret: secret))
      return TokenTrust(source, keys, [.hs256], short ? warning : nil)
    } catch {
      throw TokenFault(.settings, "\(name) cannot be used: \(error.sentence)")
    }
  }

  /// A public key or certificate in PEM; line ends may be written as `\n`, as `.env` files have them.
  /// - Throws: ``TokenFault`` of kind `settings`, if it is none.
  package static func publicKey(_ pem: String) throws(TokenFault) -> TokenTrust {
    do {
      let set = try KeySet(pem: pem.split(separator: #"\n"#, omittingEmptySubsequences: false).joined(separator: "\n"))
      return TokenTrust(.publicKey, FixedKeySource(set), asymmetric, nil)
    } catch {
      throw TokenFault(.settings, "TOKEN_PUBLIC_KEY cannot be used: \(error.sentence)")
    }
  }

  /// The keys of a JWKS.
  /// - Parameter keys: Usually a `CachedKeySource`; its fetch must end by itself.
  package static func keySet(_ keys: any KeySource) -> TokenTrust { TokenTrust(.keySet, keys, asymmetric, nil) }

  private static let asymmetric = Set(SignatureAlgorithm.allCases.filter { $0.kind != .symmetric })

  /// Whether the signature is one that is trusted, and what `nbf` says.
  /// - Returns: the fault of the signature, and that of `nbf`.
  func signature(of compact: String, at now: Date) async -> (signature: TokenFault?, notBefore: TokenFault?) {
    guard let verifier else { return (nil, nil) }
    do {
      _ = try await verifier.verify(compact, at: now)
      return (nil, nil)
    } catch {
      // Dates are looked at after the signature, so a fault of theirs says that it is good.
      switch error.kind {
      case .expired, .wrongIssuer, .wrongAudience, .missingClaim: return (nil, nil)
      case .malformed: return (nil, TokenFault(.malformed, error.sentence))
      case .notYetValid:
        let sentence = "The token's claim \"nbf\" is yet to come. Look whether the clock of this machine is right."
        return (nil, TokenFault(.notYetValid, sentence))
      case .keysUnavailable:
        return (TokenFault(.keysUnavailable, keysUnavailable(error)), nil)
      case .algorithmNotAllowed, .keyNotFound, .badSignature:
        let kind: TokenFault.Kind = error.kind == .keyNotFound && source == .keySet ? .keyNotFound : .badSignature
        return (TokenFault(kind, "The token's signature fails. \(error.sentence) \(remedy)"), nil)
      }
    }
  }

  private func keysUnavailable(_ error: TokenRejection) -> String {
    let cause = (error.cause as? KeySetError)?.sentence ?? error.sentence
    return "The token's signature cannot be verified now: \(cause) Look whether TOKEN_JWKS_URL can be reached."
  }

  private var remedy: String {
    let off = "or set TOKEN_VERIFICATION=off to use tokens unverified."
    switch source {
    case .tokenSecret: return "Set TOKEN_SECRET to the gateway's secret, \(off)"
    case .secretKeyBase:
      return "SECRET_KEY_BASE was used, which may be this agent's own and not the gateway's. There are two ways out: "
        + "set TOKEN_SECRET to the gateway's secret, \(off)"
    case .publicKey: return "Set TOKEN_PUBLIC_KEY to the gateway's key, \(off)"
    case .keySet: return "Set TOKEN_JWKS_URL to the gateway's key set, \(off)"
    case .off: return ""
    }
  }
}
