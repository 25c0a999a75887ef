import HTTPTypes
import KeySets
import TelephoneKit

/// The refusals of `verify-jwt`, with `WWW-Authenticate` as RFC 6750, 3 has it.
enum BearerChallenge {
  /// How long a client is asked to wait where no keys can be had, in seconds.
  static let keysRetrySeconds = 5

  /// No token at all: no error is named (RFC 6750, 3.1).
  static let noToken = refusal(.unauthorized, "no-token", "A token is needed.")

  /// More than one token, or something that cannot be one.
  static let badRequest = refusal(
    .badRequest, "invalid-token-request", "The request must carry exactly one well-formed token.",
    error: "invalid_request")

  /// A token that was not accepted.
  static func refusal(for rejection: TokenRejection) -> Refusal {
    if rejection.kind == .keysUnavailable {
      return Refusal(
        status: .serviceUnavailable, code: "keys-unavailable", rejection.sentence,
        fields: [.retryAfter: String(keysRetrySeconds)], cause: rejection.cause)
    }
    let isWrongClaim = rejection.isWrongClaim
    return refusal(
      isWrongClaim ? .forbidden : .unauthorized, code(of: rejection.kind), rejection.sentence,
      error: isWrongClaim ? "insufficient_scope" : "invalid_token", cause: rejection.cause)
  }

  /// A claim that should become a field cannot be one.
  static func badClaim(_ name: String) -> Refusal {
    refusal(
      .forbidden, "token-claim-unusable", "The token's claim '\(name)' cannot be put into a header field.",
      error: "insufficient_scope")
  }

  static func code(of kind: TokenRejection.Kind) -> String {
    switch kind {
    case .malformed: "token-malformed"
    case .algorithmNotAllowed: "token-algorithm"
    case .keyNotFound: "token-key"
    case .badSignature: "token-signature"
    case .expired: "token-expired"
    case .notYetValid: "token-not-yet-valid"
    case .wrongIssuer: "token-issuer"
    case .wrongAudience: "token-audience"
    case .missingClaim: "token-claim-missing"
    case .keysUnavailable: "keys-unavailable"
    }
  }

  private static func refusal(
    _ status: HTTPResponse.Status, _ code: String, _ sentence: String, error: String? = nil,
    cause: (any Error)? = nil
  ) -> Refusal {
    var challenge = #"Bearer realm="telephone""#
    if let error {
      challenge += #", error="\#(error)", error_description="\#(quotable(sentence))""#
    }
    return Refusal(status: status, code: code, sentence, fields: [.wwwAuthenticate: challenge], cause: cause)
  }

  /// The characters that `error_description` may hold (RFC 6750, 3): no double quote, no backslash, ASCII only.
  static func quotable(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "\"", "\\": "'"
        case " "..."~": Character(scalar)
        default: "?"
        }
      })
  }
}
