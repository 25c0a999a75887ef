import Crypto
import CryptoExtras
import Foundation

@testable import KeySets

/// Signs test tokens with every algorithm, with keys that are made once per run.
enum TestSigner {
  static let secret = "a secret of thirty-two octets...and of sixty-four for HS512 too."
  static let rsa = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
  static let p256 = P256.Signing.PrivateKey()
  static let p384 = P384.Signing.PrivateKey()
  static let p521 = P521.Signing.PrivateKey()
  static let ed25519 = Curve25519.Signing.PrivateKey()

  /// The key set that verifies what ``token(_:_:header:)`` signs with this algorithm.
  static func keySet(for algorithm: SignatureAlgorithm) throws -> KeySet {
    switch algorithm.kind {
    case .symmetric: try KeySet(secret: secret)
    case .rsa: try KeySet(pem: rsa.get().publicKey.pemRepresentation)
    case .p256: try KeySet(pem: p256.publicKey.pemRepresentation)
    case .p384: try KeySet(pem: p384.publicKey.pemRepresentation)
    case .p521: try KeySet(pem: p521.publicKey.pemRepresentation)
    case .ed25519: try KeySet(pem: ed25519.publicKey.pemRepresentation)
    }
  }

  /// A token with this payload, and more members of the header behind `alg` if `header` has some.
  static func token(_ algorithm: SignatureAlgorithm, _ payload: String, header: String = "") throws -> String {
    let fields = #"{"alg":"\#(algorithm.rawValue)"\#(header.isEmpty ? "" : ",")\#(header)}"#
    let input = Base64URL.encode(Array(fields.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    return input + "." + Base64URL.encode(Array(try signature(algorithm, of: Data(input.utf8))))
  }

  /// A token with the HS256 signature of any header and payload text under any secret.
  static func hs256(header: String, payload: String = #"{"sub":"a"}"#, secret: String = secret) -> String {
    let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    let key = SymmetricKey(data: Array(secret.utf8))
    return input + "."
      + Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: key)))
  }

  private static func signature(_ algorithm: SignatureAlgorithm, of input: Data) throws -> Data {
    let key = SymmetricKey(data: Array(secret.utf8))
    return switch algorithm {
    case .hs256: Data(HMAC<SHA256>.authenticationCode(for: input, using: key))
    case .hs384: Data(HMAC<SHA384>.authenticationCode(for: input, using: key))
    case .hs512: Data(HMAC<SHA512>.authenticationCode(for: input, using: key))
    case .rs256: try rsaSignature(SHA256.hash(data: input), .insecurePKCS1v1_5)
    case .rs384: try rsaSignature(SHA384.hash(data: input), .insecurePKCS1v1_5)
    case .rs512: try rsaSignature(SHA512.hash(data: input), .insecurePKCS1v1_5)
    case .ps256: try rsaSignature(SHA256.hash(data: input), .PSS)
    case .ps384: try rsaSignature(SHA384.hash(data: input), .PSS)
    case .ps512: try rsaSignature(SHA512.hash(data: input), .PSS)
    case .es256: try p256.signature(for: input).rawRepresentation
    case .es384: try p384.signature(for: input).rawRepresentation
    case .es512: try p521.signature(for: input).rawRepresentation
    case .edDSA: try ed25519.signature(for: input)
    }
  }

  private static func rsaSignature(_ digest: some Digest, _ padding: _RSA.Signing.Padding) throws -> Data {
    try rsa.get().signature(for: digest, padding: padding).rawRepresentation
  }
}

/// The kind of the rejection that `token` meets; `nil` if it is accepted.
func rejection(
  of token: String, by keys: any KeySource, _ rules: TokenRules, at now: Double = 1_000_000
) async -> TokenRejection.Kind? {
  do throws(TokenRejection) {
    _ = try await TokenVerifier(keys: keys, rules: rules).verify(token, at: Date(timeIntervalSince1970: now))
    return nil
  } catch {
    return error.kind
  }
}

/// The kind of the error that making keys meets; `nil` if they are made.
func fault(of make: () throws(KeySetError) -> KeySet) -> KeySetError.Kind? {
  do throws(KeySetError) {
    _ = try make()
    return nil
  } catch {
    return error.kind
  }
}
