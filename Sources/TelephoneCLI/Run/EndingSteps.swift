/// What follows from each signal.
struct EndingSteps {
  struct Step: Equatable {
    var request: ProcessSignals.Request?
    /// Until the process is ended whatever it does; `nil`: now.
    var limit: Duration?
    /// What it is ended with then.
    var code: Int32
  }

  /// For what is cut off to end: the `finally` stages, the close frame.
  static let endLimit = Duration.milliseconds(750)

  private let drainLimit: Duration
  private var count = 0
  /// 128 and the number of the second signal, as a shell shows the end of a process by a signal.
  private(set) var code: Int32?

  init(drainLimit: Duration) { self.drainLimit = drainLimit }

  mutating func next(_ number: Int32) -> Step {
    count += 1
    guard count > 1 else { return Step(request: .drain, limit: drainLimit, code: 70) }
    let code = code ?? 128 + number
    self.code = code
    return count == 2
      ? Step(request: .endAtOnce(code: code), limit: Self.endLimit, code: code) : Step(request: nil, code: code)
  }
}
