import KeySets
import Testing

@testable import TokenVault

@Suite struct TrustSettingsTests {
  private func source(_ settings: TrustSettings) -> TokenTrust.Source? {
    try? settings.trust { _ throws(TokenFault) in
      do throws(KeySetError) {
        return FixedKeySource(try KeySet(secret: "unused"))
      } catch {
        throw TokenFault(.settings, error.sentence)
      }
    }.source
  }

  @Test func `the settings say what tokens are verified with`() {
    let cases: [(TrustSettings, TokenTrust.Source?)] = [
      (TrustSettings(), nil),
      (TrustSettings(verification: "off"), .off),
      (TrustSettings(verification: "off", tokenSecret: secret), .off),
      (TrustSettings(verification: "on"), nil),
      (TrustSettings(verification: "no", tokenSecret: secret), nil),
      (TrustSettings(tokenSecret: secret), .tokenSecret),
      (TrustSettings(tokenSecret: secret, secretKeyBase: otherSecret), .tokenSecret),
      (TrustSettings(tokenSecret: "", secretKeyBase: otherSecret), .secretKeyBase),
      (TrustSettings(secretKeyBase: otherSecret, keySetURL: "https://keys.example"), .keySet),
      (TrustSettings(publicKey: "no PEM"), nil),
      (TrustSettings(tokenSecret: secret, publicKey: "x"), nil),
      (TrustSettings(tokenSecret: secret, keySetURL: "https://keys.example"), nil),
    ]
    for (settings, expected) in cases { #expect(source(settings) == expected) }
  }

  @Test func `with nothing to verify with, all ways are named`() {
    let fault = #expect(throws: TokenFault.self) {
      _ = try TrustSettings().trust { _ throws(TokenFault) in throw TokenFault(.settings, "not asked for") }
    }
    #expect(fault?.kind == .settings)
    for name in ["TOKEN_SECRET", "TOKEN_PUBLIC_KEY", "TOKEN_JWKS_URL", "TOKEN_VERIFICATION=off"] {
      #expect(fault?.sentence.contains(name) == true)
    }
  }
}
