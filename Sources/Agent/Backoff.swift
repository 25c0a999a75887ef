/// How long to wait before the next attempt: exponential, with full jitter, so that many telephones that lost one gateway
/// do not come back together.
///
/// The wait is drawn evenly from zero to a ceiling that begins at `initial` and doubles up to `maximum`.
package struct Backoff: Sendable, Equatable {
  package let initial: Duration
  package let maximum: Duration
  private var ceiling: Duration

  /// - Parameters:
  ///   - initial: the first ceiling. Default 1 s.
  ///   - maximum: the last ceiling; if it is below `initial`, it counts from the start. Default 30 s.
  package init(initial: Duration = .seconds(1), maximum: Duration = .seconds(30)) {
    self.initial = min(initial, maximum)
    self.maximum = maximum
    self.ceiling = self.initial
  }

  /// The next wait.
  package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { ceiling = min(ceiling * 2, maximum) }
    return ceiling * Double.random(in: 0..<1, using: &generator)
  }

  /// An attempt went well: the next wait is a first one again.
  package mutating func reset() { ceiling = initial }
}
