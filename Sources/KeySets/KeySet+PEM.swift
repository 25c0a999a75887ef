import Crypto
import CryptoExtras
import JWTKit

extension KeySet {
  /// The public key of a PEM text (RFC 7468): `PUBLIC KEY` (RSA, P-256, P-384, P-521, Ed25519), `RSA PUBLIC KEY`, or a
  /// `CERTIFICATE`, of which only the RSA or EC key is used: its dates, names and issuer are not looked at.
  /// - Throws: ``KeySetError``, if the text is longer than ``maximumPEMSize``, has not exactly one PEM block, is a
  ///   private key, or holds a key that no algorithm here can use.
  package init(pem: String) throws(KeySetError) {
    guard pem.utf8.count <= Self.maximumPEMSize else {
      throw KeySetError(.tooLarge, "The PEM text is longer than 64 KiB. Give one public key.")
    }
    let labels = Self.pemLabels(pem)
    guard !labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) else {
      throw KeySetError(
        .wrongKeyClass, "This is a private key, and only its public key is needed: openssl pkey -in FILE -pubout")
    }
    guard let label = labels.first else {
      throw KeySetError(.malformed, "This is no PEM text: it has no line \"-----BEGIN PUBLIC KEY-----\".")
    }
    guard labels.count == 1 else {
      throw KeySetError(.malformed, "The PEM text has \(labels.count) blocks. Give one; for several keys use a JWKS.")
    }
    switch label {
    case "PUBLIC KEY", "RSA PUBLIC KEY": self.init(entries: [Entry(try Self.publicKey(pem))])
    case "CERTIFICATE": self.init(entries: [Entry(try Self.certifiedKey(pem))])
    default:
      throw KeySetError(.malformed, "The PEM text is neither a public key nor a certificate.")
    }
  }

  /// The labels of the blocks, as RFC 7468 section 2 calls what stands after BEGIN.
  private static func pemLabels(_ pem: String) -> [Substring] {
    pem.split(whereSeparator: \.isNewline).compactMap { line in
      var line = line
      while line.last?.isWhitespace == true { line.removeLast() }
      guard line.hasPrefix("-----BEGIN "), line.hasSuffix("-----"), line.count > 16 else { return nil }
      return line.dropFirst(11).dropLast(5)
    }
  }

  private static func publicKey(_ pem: String) throws(KeySetError) -> VerificationKey {
    do {
      return try VerificationKey(JWTKit.Insecure.RSA.PublicKey(pem: pem))
    } catch let error where isWeakRSA(error) {
      throw weakRSA(error)
    } catch {
      if let key = try? VerificationKey(ES256PublicKey(pem: pem)) { return key }
      if let key = try? VerificationKey(ES384PublicKey(pem: pem)) { return key }
      if let key = try? VerificationKey(ES512PublicKey(pem: pem)) { return key }
      if let key = try? VerificationKey(EdDSA.PublicKey(pem: pem)) { return key }
      throw KeySetError(
        .unsupportedKey, "The PEM text holds no RSA, P-256, P-384, P-521 or Ed25519 public key, or is damaged.",
        cause: error)
    }
  }

  private static func certifiedKey(_ pem: String) throws(KeySetError) -> VerificationKey {
    do {
      return try VerificationKey(JWTKit.Insecure.RSA.PublicKey(certificatePEM: pem))
    } catch let error where isWeakRSA(error) {
      throw weakRSA(error)
    } catch {
      if let key = try? VerificationKey(ES256PublicKey(certificate: pem)) { return key }
      if let key = try? VerificationKey(ES384PublicKey(certificate: pem)) { return key }
      if let key = try? VerificationKey(ES512PublicKey(certificate: pem)) { return key }
      throw KeySetError(
        .unsupportedKey,
        "The certificate holds no RSA or EC key that can be used, or is damaged. Its key alone: "
          + "openssl x509 -in FILE -noout -pubkey", cause: error)
    }
  }

  /// swift-crypto throws this for an RSA key of fewer than 2048 bits, and for no other reason here.
  static func isWeakRSA(_ error: any Error) -> Bool {
    if case CryptoKitError.incorrectParameterSize = error { true } else { false }
  }

  private static func weakRSA(_ cause: any Error) -> KeySetError {
    KeySetError(
      .weakKey, "The RSA key has fewer than 2048 bits, which RFC 7518 section 3.3 forbids. Make a longer one.",
      cause: cause)
  }
}

/// From jwt-kit's keys, which read them well, to swift-crypto's, which check with them.
extension VerificationKey {
  init(_ key: JWTKit.Insecure.RSA.PublicKey) throws {
    self = .rsa(try _RSA.Signing.PublicKey(derRepresentation: key.derRepresentation))
  }

  init(_ key: ES256PublicKey) throws {
    self = .p256(try P256.Signing.PublicKey(pemRepresentation: key.pemRepresentation))
  }

  init(_ key: ES384PublicKey) throws {
    self = .p384(try P384.Signing.PublicKey(pemRepresentation: key.pemRepresentation))
  }

  init(_ key: ES512PublicKey) throws {
    self = .p521(try P521.Signing.PublicKey(pemRepresentation: key.pemRepresentation))
  }

  init(_ key: EdDSA.PublicKey) throws {
    self = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: key.rawRepresentation))
  }
}
