/// A signature algorithm of JWS (RFC 7518 section 3.1, RFC 8037 section 3.1).
///
/// `none` is not among them, so it can be neither named in a file nor believed in a token. The names are
/// case-sensitive, as RFC 7515 section 4.1.1 says.
package enum SignatureAlgorithm: String, CaseIterable, Hashable, Sendable {
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case edDSA = "EdDSA"

  /// What kind of key this algorithm takes. A key of another kind is never tried with it.
  package var kind: KeyKind {
    switch self {
    case .hs256, .hs384, .hs512: .symmetric
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
    case .es256: .p256
    case .es384: .p384
    case .es512: .p521
    case .edDSA: .ed25519
    }
  }

  /// The fewest octets that a secret for this algorithm should have: as many as its hash gives (RFC 7518 section 3.2:
  /// 32, 48 or 64). `nil` for an algorithm that takes no secret.
  package var minimumSecretSize: Int? {
    switch self {
    case .hs256: 32
    case .hs384: 48
    case .hs512: 64
    default: nil
    }
  }
}

/// A kind of key: the algorithms that a key may be used with follow from it alone.
package enum KeyKind: String, CaseIterable, Hashable, Sendable {
  /// A shared secret, for HS256, HS384 and HS512.
  case symmetric = "a secret"
  /// For RS256, RS384, RS512, PS256, PS384 and PS512; 2048 bits or more (RFC 7518 sections 3.3 and 3.5).
  case rsa = "an RSA key"
  /// The curve of ES256, and of no other algorithm (RFC 7518 section 3.4).
  case p256 = "a P-256 key"
  /// The curve of ES384.
  case p384 = "a P-384 key"
  /// The curve of ES512.
  case p521 = "a P-521 key"
  /// The curve of EdDSA here; Ed448 is not supported.
  case ed25519 = "an Ed25519 key"
}
