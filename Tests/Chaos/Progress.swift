import Synchronization

/// Says on standard error how far a run is, one line for each ten losses.
final class Progress: Sendable {
  private let start = ContinuousClock.now
  private let last = Mutex(0)
  private let step: Int

  init(step: Int = 10) { self.step = step }

  func begin(_ shape: HouseShape) {
    last.withLock { $0 = 0 }
    Terminal.error.print("\(shape.name): \(shape.losses) line losses")
  }

  func losses(_ losses: Int, of planned: Int, _ shape: HouseShape, _ faults: Int, exchanges: Int) {
    let isDue = last.withLock { last in
      guard losses / step > last / step || losses >= planned && last < planned else { return false }
      last = losses
      return true
    }
    guard isDue else { return }
    let seconds = Int((ContinuousClock.now - start) / .seconds(1))
    Terminal.error.print(
      Terminal.error.dim(
        "  \(losses) of \(planned) losses, \(faults) faults, \(exchanges) exchanges, \(seconds) s"))
  }
}
