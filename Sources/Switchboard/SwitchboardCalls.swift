/// The calls of a switchboard since its start. Each that began ends once, in one of six ways.
package struct SwitchboardCalls: Sendable, Equatable {
  package enum Outcome: Sendable, Hashable, CaseIterable {
    /// The telephone's answer was written whole, or its WebSocket was opened and is over.
    case answered
    /// The switchboard did not give it to a telephone, and said so: 503 for example.
    case refused
    /// The line was lost that carried it: 502 `line-lost`, or a broken answer.
    case lost
    /// Answered with another error of the switchboard's own: 504 for example.
    case failed
    /// The answer was broken off, and the line goes on.
    case cut
    /// The client is gone.
    case abandoned
  }

  package var began = 0
  package var answered = 0
  package var refused = 0
  package var lost = 0
  package var failed = 0
  package var cut = 0
  package var abandoned = 0

  package init() {}

  /// Those that ended, in whatever way.
  package var ended: Int { answered + refused + lost + failed + cut + abandoned }
  /// Those that have begun and not ended.
  package var running: Int { began - ended }

  mutating func count(_ outcome: Outcome) {
    switch outcome {
    case .answered: answered += 1
    case .refused: refused += 1
    case .lost: lost += 1
    case .failed: failed += 1
    case .cut: cut += 1
    case .abandoned: abandoned += 1
    }
  }
}
