/// A token of which only the form was checked: a JWS in compact serialization (RFC 7515 section 7.1) whose payload is a
/// JWT claims set (RFC 7519 section 7.2). Nothing in it may be believed.
package struct UnverifiedToken: Sendable {
  /// The most octets that a token may have: 16 KiB.
  package static let maximumSize = 16 * 1024

  /// The header's `alg`, as it stands there.
  package let algorithmName: String
  /// The header's `kid`, if it has one.
  package let keyID: String?
  /// The claims set as it was signed: the octets of a JSON object.
  package let payload: [UInt8]
  /// The members of the payload.
  package let claims: StrictJSON.Object
  /// The third part, decoded; empty for an unsecured token (RFC 7515 appendix A.5), which no verifier takes.
  package let signature: [UInt8]

  private let octets: [UInt8]
  private let inputEnd: Int

  /// Checks size and form: three parts of base64url without padding, a header and a payload that are JSON objects with
  /// no member twice, a string `alg`, no `kid` that is not a string, and no `crit` (RFC 7515 section 4.1.11: no
  /// extension is understood here, so none may be critical).
  package init(_ compact: String) throws(TokenRejection) {
    guard compact.utf8.count <= Self.maximumSize else {
      throw .malformed("The token is longer than 16 KiB.")
    }
    octets = Array(compact.utf8)
    let parts = octets.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw .malformed("The token does not have three parts with a dot between them.")
    }
    guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2])
    else {
      throw .malformed("A part of the token is not base64url without padding and white space.")
    }
    inputEnd = parts[1].endIndex
    self.payload = payload
    self.signature = signature
    let fields = try Self.object(header, "header")
    claims = try Self.object(payload, "payload")
    guard let name = fields["alg"]?.string else {
      throw .malformed("The token's header has no string \"alg\".")
    }
    algorithmName = name
    if let id = fields["kid"], id.string == nil {
      throw .malformed("The token's header has a \"kid\" that is not a string.")
    }
    keyID = fields["kid"]?.string
    guard fields["crit"] == nil else {
      throw .malformed("The token's header has \"crit\": it needs an extension that is not supported.")
    }
  }

  private static func object(_ octets: [UInt8], _ part: String) throws(TokenRejection) -> StrictJSON.Object {
    do {
      return try StrictJSON.object(octets)
    } catch {
      throw .malformed("The token's \(part) \(error.rawValue).")
    }
  }

  /// Whether the signature is one by `key`. It is over header and payload as they were sent (RFC 7515 section 5.2).
  func isSigned(by key: VerificationKey, _ algorithm: SignatureAlgorithm) -> Bool {
    key.verifies(signature, of: octets[..<inputEnd], with: algorithm)
  }
}
