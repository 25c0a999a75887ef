import HTTPTypes
import Synchronization
package import TelephoneKit

/// Lets so many requests through for each key, with the generic cell rate algorithm, and refuses the rest with 429.
///
/// Every answer, allowed or not, says what is left in `RateLimit` and `RateLimit-Policy`. The counts live in memory, for
/// at most `max-keys` keys; when there are more, the one that was idle longest is forgotten.
package final class RateLimit: RequestStage {
  package struct Options: StageOptions {
    @Option(help: "How many requests a key may make in the long run.", required: Rate(100, per: .seconds(1)))
    package var rate: Rate
    @Option(help: "How many it may make at once. Default: the number in rate.", range: 1...1_000_000_000, example: 200)
    package var burst: Int? = nil
    @Option(help: "What is counted by. What is not known of a request counts as 'unknown'.")
    package var key = RateKey.clientAddress
    @Option(help: "The most keys in memory.", range: 1...10_000_000) package var maxKeys = 100_000

    package init() {}
  }

  package static let name = "rate-limit"
  package static let summary = "Refuses requests that come too fast."
  package static let answers = [StageAnswer(429, "rate-limited", "the key has used up its requests; see Retry-After")]

  package static func needs(with options: Options) -> Set<StageFact> {
    switch options.key {
    case .claim: [.claims]
    case .path: [.canonicalPath]
    case .clientAddress, .header, .all: []
    }
  }

  private let gcra: GCRA
  private let key: RateKey
  private let fields: RateLimitFields
  private let table: Mutex<RateTable>
  private let elapsed: @Sendable () -> Duration

  package init(_ options: Options, _ context: StageContext) {
    gcra = GCRA(rate: options.rate, burst: options.burst ?? options.rate.count)
    key = options.key
    fields = RateLimitFields(name: context.id == Self.name ? "default" : context.id, gcra: gcra)
    table = Mutex(RateTable(capacity: options.maxKeys))
    elapsed = stopwatch(context.clock)
  }

  package func process(_ exchange: Exchange) async throws -> Decision {
    let key = key.key(of: exchange)
    let verdict = table.withLock { table in
      // The clock is read under the lock, so that time never goes back for a key.
      let now = elapsed()
      return table.update(key) { gcra.take(&$0, at: now) }
    }
    let (policy, limit) = (fields.policy, fields.limit(verdict))
    exchange.onResponse { response, _ in
      response.fields.append(HTTPField(name: .rateLimitPolicy, value: policy))
      response.fields.append(HTTPField(name: .rateLimit, value: limit))
    }
    guard verdict.isAllowed else {
      let seconds = RateLimitFields.seconds(verdict.retryAfter)
      throw Refusal(
        status: .tooManyRequests, code: "rate-limited",
        "Too many requests. Try again in \(seconds) second\(seconds == 1 ? "" : "s").",
        fields: [.retryAfter: String(seconds)])
    }
    return .proceed
  }

  /// How many keys are known.
  var keyCount: Int { table.withLock { $0.count } }
}
