/// How a line ended, in words that a log and the health page show.
struct LineLoss: Sendable {
  var sentence: String
  /// Whether a channel was joined and its protocol agreed on: a line that never was up counts as a failed attempt.
  var wasUp: Bool
}
