import Dispatch
import Synchronization
import TelephoneKit

extension RehearsalClock: TaskExecutor {
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let begins = state.withLock { state in
      state.jobs.append(job)
      state.activity += 1
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if begins { DispatchQueue.global().async { self.run() } }
  }

  /// Runs what is in the queue until nothing is, and then moves the time, as long as somebody wakes.
  /// - Parameter isPatient: whether nothing has happened for a while.
  private func run(isPatient: Bool = false) {
    var isPatient = isPatient
    while true {
      let jobs = state.withLock { state in
        defer { state.jobs = [] }
        return state.jobs
      }
      for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
      guard jobs.isEmpty else { continue }
      let hasMoved = move(isPatient: isPatient)
      isPatient = false
      if !hasMoved, rest() { return }
    }
  }

  /// Moves the time to the earliest deadline, if somebody sleeps for whom it moves.
  private func move(isPatient: Bool) -> Bool {
    let next = state.withLock { state -> Instant? in
      let moves = state.sleeps.values.contains { sleep in
        sleep.sleeper == .stub || isPatient && sleep.sleeper == .stage
      }
      return moves ? state.sleeps.values.lazy.map(\.deadline).min() : nil
    }
    // Who woke and has not gone on yet runs elsewhere.
    guard let next, next > now else { return false }
    manual.advance(by: now.duration(to: next))
    return true
  }

  /// - Returns: `false` if there is something to do after all.
  private func rest() -> Bool {
    let settled = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
      guard state.jobs.isEmpty else { return nil }
      state.isRunning = false
      defer { state.settling = [] }
      return state.settling
    }
    guard let settled else { return false }
    for waiting in settled { waiting.resume() }
    waitPatiently()
    return true
  }

  /// Looks again after a while, if a stage sleeps and nothing runs. Then, if nothing has happened, the time moves.
  func waitPatiently() {
    let activity = state.withLock { state -> Int? in
      guard !state.isRunning, state.sleeps.values.contains(where: { $0.sleeper != .background }) else { return nil }
      return state.activity
    }
    guard let activity else { return }
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience.inSeconds) { [weak self] in
      guard let self else { return }
      let begins = state.withLock { state in
        guard !state.isRunning, state.activity == activity else { return false }
        state.isRunning = true
        return true
      }
      if begins { run(isPatient: true) }
    }
  }
}
