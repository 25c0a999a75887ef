import Backend
import Foundation
package import KeySets
import Logging
package import TelephoneKit

/// Lets in who carries a token (RFC 7519) that is signed with a key that is trusted.
///
/// Refused with 401 and `WWW-Authenticate` (RFC 6750, 3): no token, or one that is not accepted; with 403 one that is
/// genuine and has a wrong claim; with 400 a request that carries several. Where no keys can be had nobody is let in:
/// 503. The claims stand in ``Claims`` for later stages. A key is used with the algorithms of its own kind only.
package struct VerifyJWT: RequestStage {
  package typealias Options = VerifyJWTOptions

  package static let name = "verify-jwt"
  package static let summary = "Lets in who carries a signed token."
  package static let example: String? = #"{ algorithms: [HS256], secret: "${JWT_SECRET}" }"#
  package static let gives: Set<StageFact> = [.claims]
  package static let answers =
    [
      StageAnswer(401, "no-token", "there is no token"),
      StageAnswer(400, "invalid-token-request", "there is more than one token, or something that cannot be one"),
      StageAnswer(403, "token-claim-unusable", "a claim of claims-to-headers cannot be put into a field"),
    ]
    + TokenRejection.Kind.allCases.map { kind in
      let rejection = TokenRejection(kind, "")
      let status = kind == .keysUnavailable ? 503 : rejection.isWrongClaim ? 403 : 401
      return StageAnswer(status, BearerChallenge.code(of: kind), kind.reason)
    }

  package static func answers(with options: VerifyJWTOptions) -> [StageAnswer] {
    var ruledOut: Set<String> = []
    func ruleOut(_ kind: TokenRejection.Kind) { ruledOut.insert(BearerChallenge.code(of: kind)) }
    if options.issuer == nil { ruleOut(.wrongIssuer) }
    if options.audience == nil { ruleOut(.wrongAudience) }
    if options.require.isEmpty { ruleOut(.missingClaim) }
    if options.claimsToHeaders.isEmpty { ruledOut.insert("token-claim-unusable") }
    // A secret and a public key have no key id that could be missing, and are there from the start.
    if options.jwks == nil { ruleOut(.keyNotFound) }
    // Nor can a file of keys that was read at the start be gone while a request is tried.
    if options.jwks?.contains("://") != true { ruleOut(.keysUnavailable) }
    return answers.filter { !ruledOut.contains($0.code) }
  }

  private let verifier: TokenVerifier
  private let place: TokenPlace
  private let headers: ClaimHeaders
  /// The date that `exp` and `nbf` are measured at.
  private let now: @Sendable () -> Date
  private let client: BackendClient?

  package init(_ options: VerifyJWTOptions, _ context: StageContext) throws {
    let (keys, client) = try KeyFactory(options: options, context: context).source()
    self.client = client
    now = context.date
    place = options.from
    context.hide(options.from.hide)
    headers = try ClaimHeaders(options.claimsToHeaders)
    verifier = TokenVerifier(
      keys: keys,
      rules: TokenRules(
        algorithms: Set(options.algorithms), issuer: options.issuer, audience: options.audience,
        leeway: options.leeway, requiredClaims: options.require))
  }

  package func process(_ exchange: Exchange) async throws -> Decision {
    headers.remove(from: &exchange.request)
    let token: String
    switch place.find(in: exchange.request) {
    case .token(let found): token = found
    case .nothing: throw BearerChallenge.noToken
    case .unusable: throw BearerChallenge.badRequest
    }
    let claims: Claims
    do throws(TokenRejection) {
      claims = try Claims(try await verifier.verify(token, at: now()))
    } catch {
      try Task.checkCancellation()
      throw BearerChallenge.refusal(for: error)
    }
    try headers.add(claims, to: &exchange.request.fields)
    exchange.values[Claims.self] = claims
    return .proceed
  }

  /// Gets the keys as the first request would, so that a URL can be tried before there is one.
  package func fetchKeys() async throws(KeySetError) { _ = try await verifier.keys.keys() }

  package func shutdown() async { await client?.shutdown() }
}

extension TokenRejection.Kind {
  fileprivate var reason: String {
    switch self {
    case .malformed: "the token is not well-formed"
    case .algorithmNotAllowed: "the token's algorithm is not one of algorithms"
    case .keyNotFound: "no key fits the token"
    case .badSignature: "the signature is not by a key that is trusted"
    case .expired: "the token has expired"
    case .notYetValid: "the token is not valid yet"
    case .wrongIssuer: "the claim iss is not issuer"
    case .wrongAudience: "the claim aud does not hold audience"
    case .missingClaim: "a claim of require is missing"
    case .keysUnavailable: "there are no keys to verify with"
    }
  }
}
