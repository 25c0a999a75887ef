import Foundation
import HTTPTypes
import KeySets
import TelephoneKit

/// Each standard stage, by itself before the backend.
enum StageBench {
  static var all: [StageRun] {
    get throws {
      let secret = "not-a-secret-for-benchmarks-on-loopback-only"
      let token = try TokenIssuer(secret: secret).issue(
        subject: "bench", pathID: "bench", id: "1", issuedAt: Date(), lifetime: .seconds(3600))
      return [
        StageRun(name: "exchange, limit-headers", requestStages: "  - limit-headers"),
        StageRun(name: "exchange, limit-body", requestStages: "  - limit-body"),
        StageRun(name: "exchange, normalize-path", requestStages: "  - normalize-path"),
        StageRun(
          name: "exchange, rate-limit",
          requestStages: "  - { stage: rate-limit, with: { key: client-address, rate: 1000000/s, burst: 1000000 } }"),
        StageRun(
          name: "exchange, verify-jwt (HS256)",
          requestStages: "  - { stage: verify-jwt, with: { algorithms: [HS256], secret: \(secret) } }",
          fields: [.authorization: "Bearer \(token)"]),
      ]
    }
  }
}
