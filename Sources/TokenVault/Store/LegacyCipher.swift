import Crypto
import CryptoExtras

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How the Go program encrypted tokens: AES-256-GCM without associated data, with a key by PBKDF2-HMAC-SHA256 of
/// `SECRET_KEY_BASE`. It is only read; deriving the key takes some tens of milliseconds.
struct LegacyCipher: Sendable {
  private static let salt = Array("telephone-token-encryption-v1".utf8)
  private static let rounds = 100_000

  private let key: SymmetricKey

  /// - Returns: `nil`, if the key cannot be derived.
  init?(secret: String) {
    let derived = try? KDF.Insecure.PBKDF2.deriveKey(
      from: Array(secret.utf8), salt: Self.salt, using: .sha256, outputByteCount: 32, unsafeUncheckedRounds: Self.rounds
    )
    guard let derived else { return nil }
    key = derived
  }

  /// - Parameter encrypted: Base64 of nonce (12 octets), ciphertext and tag (16).
  /// - Returns: The token, or `nil`, if it was encrypted with another secret or is damaged.
  func open(_ encrypted: String) -> String? {
    guard let octets = Data(base64Encoded: encrypted), let box = try? AES.GCM.SealedBox(combined: octets),
      let token = try? AES.GCM.open(box, using: key)
    else { return nil }
    return String(decoding: token, as: UTF8.self)
  }
}
