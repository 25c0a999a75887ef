import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The key that tokens are sealed with in one database: AES-256-GCM, derived from `SECRET_KEY_BASE` and the database's
/// salt by HKDF-SHA256 (RFC 5869). A secret of 32 octets or more needs no stretching.
struct StoreKey: Sendable {
  /// The fewest octets of a secret.
  static let minimumSecretSize = 32
  /// The octets of a salt.
  static let saltSize = 32
  /// The octets of ``id``.
  static let idSize = 8

  /// What says in each row which key sealed it, so that a wrong key is told from a damaged row. Derived as the key is, with
  /// another `info`; it says nothing of the key.
  let id: Data
  private let key: SymmetricKey

  init(secret: String, salt: Data) {
    let input = SymmetricKey(data: Array(secret.utf8))
    func derive(_ info: String, _ size: Int) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(inputKeyMaterial: input, salt: salt, info: Array(info.utf8), outputByteCount: size)
    }
    key = derive("telephone token store 1, AES-256-GCM", 32)
    id = derive("telephone token store 1, key id", Self.idSize).withUnsafeBytes { Data($0) }
  }

  /// The token's octets as nonce (12, random), ciphertext and tag (16).
  func seal(_ compact: String, hash: Data, pathID: String) throws(StoreFault) -> Data {
    let sealed = try? AES.GCM.seal(Data(compact.utf8), using: key, authenticating: Self.binding(hash, pathID))
    guard let combined = sealed?.combined else { throw StoreFault(.failed, "The token could not be encrypted.") }
    return combined
  }

  /// - Returns: `nil`, if the row was not sealed so: another key, other octets, or those of another row.
  func open(_ sealed: Data, hash: Data, pathID: String) -> String? {
    guard let box = try? AES.GCM.SealedBox(combined: sealed),
      let octets = try? AES.GCM.open(box, using: key, authenticating: Self.binding(hash, pathID)),
      Self.hash(octets) == hash
    else { return nil }
    return String(decoding: octets, as: UTF8.self)
  }

  /// SHA-256 of the token in compact serialization: what a row is known by.
  static func hash(_ octets: some DataProtocol) -> Data { Data(SHA256.hash(data: octets)) }

  /// The associated data: a ciphertext cannot be moved to another row or another `path_id`.
  private static func binding(_ hash: Data, _ pathID: String) -> Data {
    Data("telephone token row 1\0".utf8) + hash + Data(pathID.utf8)
  }
}
