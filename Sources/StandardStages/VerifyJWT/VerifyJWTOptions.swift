import Backend
import HTTPTypes
package import KeySets
package import TelephoneKit

extension SignatureAlgorithm: OptionChoice {}

/// The options of ``VerifyJWT``.
package struct VerifyJWTOptions: StageOptions {
  @Option(
    help: "The algorithms that a token may be signed with. There is no default, and 'none' cannot be named.",
    required: [.hs256])
  package var algorithms: [SignatureAlgorithm]
  @Option(
    help: "The secret of HS256, HS384 and HS512; 32 octets or more make a good one.", example: "${JWT_SECRET}",
    secret: true)
  package var secret: String? = nil
  @Option(help: "A PEM file with a public key or a certificate.", example: "public-key.pem")
  package var publicKey: String? = nil
  @Option(
    help: "A JWKS: a file, or an http or https URL. It is fetched when needed and kept for 10 minutes.",
    example: "https://id.example.com/jwks.json")
  package var jwks: String? = nil
  @Option(help: "What the claim 'iss' must be.", example: "https://id.example.com") package var issuer: String? = nil
  @Option(help: "What the claim 'aud' must be or hold.", example: "billing") package var audience: String? = nil
  @Option(help: "How far the clocks may be apart.", range: .zero...(.seconds(3600)))
  package var leeway = Duration.seconds(30)
  @Option(help: "Claims that must be there, such as exp.", example: ["exp"]) package var require: [String] = []
  @Option(help: "Where the token is.") package var from = TokenPlace.bearer
  @Option(
    help:
      "Header fields that the backend gets, from claims: { sub: X-User }. What came in under these names is removed.",
    example: ["sub": "X-User"])
  package var claimsToHeaders: [String: String] = [:]

  package init() {}

  package func validate() throws {
    guard !algorithms.isEmpty else {
      throw OptionProblem("'algorithms' must name at least one", option: "algorithms")
    }
    let given = [secret.map { _ in "secret" }, publicKey.map { _ in "public-key" }, jwks.map { _ in "jwks" }]
      .compactMap { $0 }
    guard given.count == 1 else {
      throw OptionProblem(
        given.isEmpty
          ? "one of 'secret', 'public-key' and 'jwks' must be given"
          : "only one of 'secret', 'public-key' and 'jwks' may be given, not \(given.joined(separator: " and "))",
        option: given.last)
    }
    for algorithm in algorithms where (algorithm.kind == .symmetric) != (secret != nil) {
      throw OptionProblem(
        secret != nil
          ? "\(algorithm.rawValue) takes a public key, not a secret"
          : "\(algorithm.rawValue) takes a secret, not a public key", option: "algorithms")
    }
    for (name, value) in [("secret", secret), ("public-key", publicKey), ("jwks", jwks)] where value?.isEmpty == true {
      throw OptionProblem("'\(name)' must not be empty", option: name)
    }
    if let secret {
      do {
        _ = try KeySet(secret: secret)
      } catch {
        throw OptionProblem("'secret': \(error.sentence)", option: "secret")
      }
    }
    if let jwks, jwks.contains("://") {
      do {
        _ = try RemoteKeySet(url: jwks)
      } catch {
        throw OptionProblem("'jwks': \(error.sentence)", option: "jwks")
      }
    }
    let headers = try ClaimHeaders(claimsToHeaders)
    if let field = from.field, headers.sets(field) {
      throw OptionProblem(
        "'claims-to-headers': '\(field.rawName)' is where the token comes from, and would be removed before it is read",
        option: "claims-to-headers")
    }
  }
}
