import Crypto
import JWTKit

extension KeySet {
  /// The public keys of a JWKS (RFC 7517 section 5): see ``init(jwks:)-(Array<UInt8>)``.
  package init(jwks: String) throws(KeySetError) { try self.init(jwks: Array(jwks.utf8)) }

  /// The public keys of a JWKS (RFC 7517 section 5), an object with an array `keys`.
  ///
  /// Left out, with a sentence in ``leftOut``: keys for another `use` than `sig` or with `key_ops` without `verify`,
  /// unknown `kty`, `crv` and `alg`, RSA keys of fewer than 2048 bits, and keys with members that are missing or wrong.
  /// Keys with one `kid` are all kept.
  /// - Throws: ``KeySetError``, if the text is longer than ``maximumJWKSSize`` or no JWKS, has more than ``maximumKeys``,
  ///   if no key is left, or if one is secret: a JWKS is public, so an `oct` or private key in it is no longer a secret.
  package init(jwks: [UInt8]) throws(KeySetError) {
    guard jwks.count <= Self.maximumJWKSSize else {
      throw KeySetError(.tooLarge, "The JWKS is longer than 1 MiB.")
    }
    let object: StrictJSON.Object
    do {
      object = try StrictJSON.object(jwks)
    } catch {
      throw KeySetError(.malformed, "The JWKS \(error.rawValue).", cause: error)
    }
    guard let keys = object["keys"]?.array else {
      throw KeySetError(.malformed, "The JWKS has no array \"keys\" (RFC 7517 section 5).")
    }
    guard keys.count <= Self.maximumKeys else {
      throw KeySetError(.tooLarge, "The JWKS has \(keys.count) keys; at most \(Self.maximumKeys) are taken.")
    }
    var entries: [Entry] = []
    var leftOut: [String] = []
    var weak = false
    for (index, value) in keys.enumerated() {
      do throws(KeySetError) {
        entries.append(try Self.entry(value))
      } catch {
        guard error.kind != .wrongKeyClass else { throw error }
        weak = weak || error.kind == .weakKey
        leftOut.append("Key \(index + 1) of the JWKS is left out: \(error.sentence)")
      }
    }
    guard !entries.isEmpty else {
      throw KeySetError(
        weak ? .weakKey : .empty,
        "The JWKS has no key that signatures can be verified with. "
          + (leftOut.first ?? "It has none at all."))
    }
    self.init(entries: entries, leftOut: leftOut)
  }

  /// One JWK. Every error but ``KeySetError/Kind/wrongKeyClass`` leaves out this key only (RFC 7517 section 5).
  private static func entry(_ value: StrictJSON) throws(KeySetError) -> Entry {
    guard let jwk = value.object, let type = jwk["kty"]?.string else {
      throw KeySetError(.malformed, "it is no object with a string \"kty\".")
    }
    guard type != "oct" else {
      throw KeySetError(
        .wrongKeyClass,
        "The JWKS holds a shared secret (kty \"oct\"). A JWKS is public, so that is no secret any more: "
          + "take it out, make another one, and give that as secret.")
    }
    guard jwk["d"] == nil else {
      throw KeySetError(
        .wrongKeyClass,
        "The JWKS holds a private key (member \"d\"). A JWKS is public: take the key out, and replace it.")
    }
    if let use = jwk["use"], use.string != "sig" { throw KeySetError(.unsupportedKey, "its use is not \"sig\".") }
    if let operations = jwk["key_ops"], operations.array?.contains(.string("verify")) != true {
      throw KeySetError(.unsupportedKey, "its key_ops do not include \"verify\".")
    }
    let key = try key(jwk, type)
    var algorithm: SignatureAlgorithm?
    if let named = jwk["alg"] {
      algorithm = named.string.flatMap(SignatureAlgorithm.init(rawValue:))
      guard algorithm?.kind == key.kind else {
        throw KeySetError(.unsupportedKey, "its alg is not one for \(key.kind.rawValue).")
      }
    }
    if let id = jwk["kid"], id.string == nil { throw KeySetError(.malformed, "its kid is not a string.") }
    return Entry(key, id: jwk["kid"]?.string, algorithm: algorithm)
  }

  private static func key(_ jwk: StrictJSON.Object, _ type: String) throws(KeySetError) -> VerificationKey {
    do {
      switch (type, jwk["crv"]?.string) {
      case ("RSA", _):
        return try VerificationKey(
          JWTKit.Insecure.RSA.PublicKey(modulus: member("n", of: jwk), exponent: member("e", of: jwk)))
      case ("EC", "P-256"):
        return try VerificationKey(ES256PublicKey(parameters: (member("x", of: jwk), member("y", of: jwk))))
      case ("EC", "P-384"):
        return try VerificationKey(ES384PublicKey(parameters: (member("x", of: jwk), member("y", of: jwk))))
      case ("EC", "P-521"):
        return try VerificationKey(ES512PublicKey(parameters: (member("x", of: jwk), member("y", of: jwk))))
      case ("OKP", "Ed25519"): return try VerificationKey(EdDSA.PublicKey(x: member("x", of: jwk), curve: .ed25519))
      default: throw KeySetError(.unsupportedKey, "its kty or crv is not supported.")
      }
    } catch let error as KeySetError {
      throw error
    } catch let error where type == "RSA" && isWeakRSA(error) {
      throw KeySetError(.weakKey, "it is an RSA key of fewer than 2048 bits.", cause: error)
    } catch {
      throw KeySetError(.malformed, "its numbers are no valid key.", cause: error)
    }
  }

  /// A member that is base64url, as the numbers of a key are (RFC 7518 section 6).
  private static func member(_ name: String, of jwk: StrictJSON.Object) throws(KeySetError) -> String {
    guard let text = jwk[name]?.string, !text.isEmpty, Base64URL.decode(Array(text.utf8)[...]) != nil else {
      throw KeySetError(.malformed, "its member \"\(name)\" is missing or not base64url.")
    }
    return text
  }
}
