import Crypto
import CryptoExtras

/// One key that signatures are checked with.
///
/// jwt-kit reads keys (PEM, certificates, JWK members), swift-crypto checks with them: jwt-kit's signers stand behind an
/// actor, do not compare their algorithm with the header's, and stop a debug build on a short HMAC secret.
enum VerificationKey: Sendable {
  case secret(SymmetricKey)
  case rsa(_RSA.Signing.PublicKey)
  case p256(P256.Signing.PublicKey)
  case p384(P384.Signing.PublicKey)
  case p521(P521.Signing.PublicKey)
  case ed25519(Curve25519.Signing.PublicKey)

  var kind: KeyKind {
    switch self {
    case .secret: .symmetric
    case .rsa: .rsa
    case .p256: .p256
    case .p384: .p384
    case .p521: .p521
    case .ed25519: .ed25519
    }
  }

  /// Whether `signature` is one of `input` by this key with `algorithm`. Always false for an algorithm of another kind.
  func verifies(_ signature: [UInt8], of input: ArraySlice<UInt8>, with algorithm: SignatureAlgorithm) -> Bool {
    switch (self, algorithm) {
    case (.secret(let key), .hs256):
      HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: input, using: key)
    case (.secret(let key), .hs384):
      HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: input, using: key)
    case (.secret(let key), .hs512):
      HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: input, using: key)
    case (.rsa(let key), .rs256): key.verifies(signature, SHA256.hash(data: input), .insecurePKCS1v1_5)
    case (.rsa(let key), .rs384): key.verifies(signature, SHA384.hash(data: input), .insecurePKCS1v1_5)
    case (.rsa(let key), .rs512): key.verifies(signature, SHA512.hash(data: input), .insecurePKCS1v1_5)
    case (.rsa(let key), .ps256): key.verifies(signature, SHA256.hash(data: input), .PSS)
    case (.rsa(let key), .ps384): key.verifies(signature, SHA384.hash(data: input), .PSS)
    case (.rsa(let key), .ps512): key.verifies(signature, SHA512.hash(data: input), .PSS)
    case (.p256(let key), .es256):
      (try? P256.Signing.ECDSASignature(rawRepresentation: signature))
        .map { key.isValidSignature($0, for: input) } ?? false
    case (.p384(let key), .es384):
      (try? P384.Signing.ECDSASignature(rawRepresentation: signature))
        .map { key.isValidSignature($0, for: input) } ?? false
    case (.p521(let key), .es512):
      (try? P521.Signing.ECDSASignature(rawRepresentation: signature))
        .map { key.isValidSignature($0, for: input) } ?? false
    case (.ed25519(let key), .edDSA): key.isValidSignature(signature, for: input)
    default: false
    }
  }
}

extension _RSA.Signing.PublicKey {
  fileprivate func verifies(_ signature: [UInt8], _ digest: some Digest, _ padding: _RSA.Signing.Padding) -> Bool {
    isValidSignature(_RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: padding)
  }
}
