/// What `telephone doctor` looks at, in this order.
enum DoctorStep: String, CaseIterable, Sendable {
  case settings, pipeline, token, name, tcp, tls, clock, upgrade, join, heartbeat, backend
}

/// What came of one step: never with a token or a secret in it.
struct Finding: Sendable {
  enum Verdict: String, Sendable, Encodable {
    case ok, warning
    case failed = "FAIL"
    /// Not tried: an earlier one failed, or there is nothing to try.
    case skipped
  }

  var verdict: Verdict
  /// What was found.
  var sentence: String
  /// What to do, if there is something.
  var advice: String?
  /// Further lines, each for itself: all that is wrong.
  var details: [String] = []

  static func ok(_ sentence: String) -> Finding { Finding(verdict: .ok, sentence: sentence) }

  static func warning(_ sentence: String, _ advice: String? = nil, _ details: [String] = []) -> Finding {
    Finding(verdict: .warning, sentence: sentence, advice: advice, details: details)
  }

  static func failed(_ sentence: String, _ advice: String? = nil, _ details: [String] = []) -> Finding {
    Finding(verdict: .failed, sentence: sentence, advice: advice, details: details)
  }

  static func skipped(_ sentence: String) -> Finding { Finding(verdict: .skipped, sentence: sentence) }

  /// A finding that failed, without a value for later steps.
  func without<Value>(_ value: Value.Type) -> Examined<Value> { Examined(finding: self, value: nil) }

  func with<Value>(_ value: Value) -> Examined<Value> { Examined(finding: self, value: value) }
}

/// A finding, and what later steps need of it.
struct Examined<Value: Sendable>: Sendable {
  var finding: Finding
  var value: Value?
}
