import HTTPTypes
import TelephoneKit

/// The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4): lists of
/// structured items, so several stages of one pipeline append one item each.
struct RateLimitFields: Sendable {
  /// The policy's name, quota and window: `"default";q=100;w=1`.
  let policy: String
  private let name: String

  /// - Parameter name: the step's id; characters that a structured string cannot hold become `_`.
  init(name: String, gcra: GCRA) {
    self.name = String(
      name.map { character in
        character.isASCII && character != "\"" && character != "\\" && (" "..."~").contains(character) ? character : "_"
      })
    self.policy = "\"\(self.name)\";q=\(gcra.burst);w=\(Self.seconds(gcra.window))"
  }

  /// What is left, and for how long that stands: `"default";r=50;t=30`.
  func limit(_ verdict: GCRA.Verdict) -> String {
    "\"\(name)\";r=\(verdict.remaining);t=\(Self.seconds(verdict.untilFull))"
  }

  /// Whole seconds, rounded up.
  static func seconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds + (attoseconds > 0 ? 1 : 0)
  }
}

extension HTTPField.Name {
  static let rateLimit = Self("RateLimit")!
  static let rateLimitPolicy = Self("RateLimit-Policy")!
}
