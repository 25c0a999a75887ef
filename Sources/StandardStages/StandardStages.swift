package import TelephoneKit

/// The stages that every telephone knows.
package enum StandardStages {
  package static let all: [any Stage.Type] = [
    LimitHeaders.self, LimitBody.self, NormalizePath.self, VerifyJWT.self, RateLimit.self, Respond.self, Forward.self,
    EmitChunks.self,
  ]
}
