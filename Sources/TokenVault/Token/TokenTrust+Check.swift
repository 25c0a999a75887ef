import KeySets

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension TokenTrust {
  /// How far in the future `iat` may be before it is remarked on. It is no reason to refuse a token (RFC 7519 section
  /// 4.1.6 knows none), but it tells of a clock that is wrong.
  private static let clockSkew: TimeInterval = 60

  /// Runs all checks, so that a person sees every verdict and not only the first that fails.
  /// - Parameter compact: The token as it came.
  /// - Parameter now: What `exp` is measured at, without leeway: the gateway may have none.
  package func check(_ compact: String, at now: Date) async -> TokenCheck {
    let form: UnverifiedToken
    do {
      form = try AgentToken.form(of: compact)
    } catch {
      let rest = TokenCheck.Name.allCases.dropFirst().filter { $0 != .notBefore }
      return TokenCheck(
        [.init(name: .form, verdict: .failed(error))]
          + rest.map { .init(name: $0, verdict: .skipped("the token cannot be read")) },
        token: nil)
    }
    var entries: [TokenCheck.Entry] = [.init(name: .form, verdict: .passed(""))]
    let found = await signature(of: compact, at: now)
    entries.append(.init(name: .signature, verdict: signatureVerdict(found.signature)))
    for name in [TokenCheck.Name.subject, .id, .pathID] {
      entries.append(.init(name: name, verdict: Self.verdict(of: name, in: form)))
    }
    let (issuedAt, expiresAt) = Self.dates(of: form, at: now)
    entries.append(.init(name: .issuedAt, verdict: issuedAt))
    entries.append(.init(name: .expiresAt, verdict: expiresAt))
    // A date that is none was told above under its own name, unless it is nbf.
    if let fault = found.notBefore, fault.kind == .notYetValid || fault.sentence.contains("\"nbf\"") {
      entries.append(.init(name: .notBefore, verdict: .failed(fault)))
    }
    return TokenCheck(entries, token: try? AgentToken(compact))
  }

  private func signatureVerdict(_ fault: TokenFault?) -> TokenCheck.Verdict {
    if let fault { return .failed(fault) }
    switch source {
    case .off: return .skipped("TOKEN_VERIFICATION=off")
    case .tokenSecret: return .passed("by TOKEN_SECRET")
    case .secretKeyBase: return .passed("by SECRET_KEY_BASE")
    case .publicKey: return .passed("by TOKEN_PUBLIC_KEY")
    case .keySet: return .passed("by a key of TOKEN_JWKS_URL")
    }
  }

  private static func verdict(of name: TokenCheck.Name, in form: UnverifiedToken) -> TokenCheck.Verdict {
    do {
      _ = try AgentToken.string(name.rawValue, of: form)
      return .passed("")
    } catch {
      return .failed(error)
    }
  }

  private static func dates(
    of form: UnverifiedToken, at now: Date
  ) -> (issuedAt: TokenCheck.Verdict, expiresAt: TokenCheck.Verdict) {
    var issued: Date?
    let issuedAt: TokenCheck.Verdict
    do {
      let date = try AgentToken.date("iat", of: form)
      issued = date
      let ahead = date.timeIntervalSince(now)
      issuedAt = .passed(ahead > clockSkew ? "in the future: is the clock of this machine right?" : "")
    } catch {
      issuedAt = .failed(error)
    }
    do {
      let date = try AgentToken.date("exp", of: form)
      if let issued, date <= issued {
        let sentence = "The token's claim \"exp\" is not later than its \"iat\". \(AgentToken.remedy)"
        return (issuedAt, .failed(TokenFault(.malformed, sentence)))
      }
      guard now < date else { return (issuedAt, .failed(AgentToken.expired(at: date))) }
      return (issuedAt, .passed(""))
    } catch {
      return (issuedAt, .failed(error))
    }
  }
}
