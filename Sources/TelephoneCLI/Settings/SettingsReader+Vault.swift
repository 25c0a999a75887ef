import Backend
import StandardStages
import TelephoneKit
import TokenVault

extension SettingsReader {
  /// What the agent's token comes from and is verified with.
  /// - Returns: `nil` after a fault.
  mutating func vault() -> VaultSettings? {
    let compact = text(.token)
    let store = store()
    if let compact {
      do {
        _ = try AgentToken(compact)
      } catch {
        fault("\(Setting.token.name) cannot be used: \(error.sentence)")
      }
    } else if store == nil {
      fault(
        "\(Setting.token.name) is not set. Ask the gateway for a token, or make one for a switchboard: "
          + "telephone token issue --path demo")
    }
    guard let trust = trust() else { return nil }
    return VaultSettings(token: compact, trust: trust, store: store)
  }

  /// The store of the tokens; `nil` without `SECRET_KEY_BASE`, or after a fault.
  mutating func store() -> StoreSettings? {
    let keep = integer(.tokenKeep, in: 1...1000)
    let timeout = duration(.databaseTimeout)
    guard let secret = text(.secretKeyBase) else { return nil }
    do {
      return try StoreSettings(path: text(.tokenDatabase) ?? "", secret: secret, keep: keep, timeout: timeout)
    } catch {
      fault(error.sentence)
      return nil
    }
  }

  private mutating func trust() -> TokenTrust? {
    let settings = TrustSettings(
      verification: text(.tokenVerification), tokenSecret: text(.tokenSecret), secretKeyBase: text(.secretKeyBase),
      publicKey: text(.tokenPublicKey), keySetURL: text(.tokenKeySet))
    do {
      return try settings.trust { url throws(TokenFault) in
        do {
          return try RemoteKeySet(url: url).source(clock: ContinuousClock())
        } catch {
          let reason = (error as? OriginError)?.sentence ?? "\(error)"
          throw TokenFault(.settings, "\(Setting.tokenKeySet.name) cannot be used: \(reason).")
        }
      }
    } catch {
      fault(error.sentence)
      return nil
    }
  }
}
