/// The timers of one line: at most one of each kind.
///
/// Not `Sendable`: it belongs to the task that runs the line.
final class LineTimers {
  private let clock: any Clock<Duration>
  private let mailbox: LineMailbox
  private var running: [LineMachine.Timer: (number: Int, task: Task<Void, Never>)] = [:]
  private var lastNumber = 0

  init(clock: any Clock<Duration>, mailbox: LineMailbox) {
    self.clock = clock
    self.mailbox = mailbox
  }

  deinit { for timer in running.values { timer.task.cancel() } }

  /// Sets a timer, in place of one of the same kind.
  func schedule(_ timer: LineMachine.Timer, after wait: Duration) {
    cancel(timer)
    lastNumber += 1
    let (number, clock, mailbox) = (lastNumber, clock, mailbox)
    running[timer] = (
      number,
      Task {
        do { try await clock.sleep(for: wait) } catch { return }
        mailbox.send(LineNews(event: .fired(timer), timer: number))
      }
    )
  }

  func cancel(_ timer: LineMachine.Timer) { running.removeValue(forKey: timer)?.task.cancel() }

  func cancelAll() {
    for timer in running.keys { cancel(timer) }
  }

  /// A timer has fired.
  /// - Returns: whether it still counts.
  func take(_ timer: LineMachine.Timer, _ number: Int) -> Bool {
    guard running[timer]?.number == number else { return false }
    running[timer] = nil
    return true
  }
}
