/// Runs one ``LineMachine``: hands it what happens, and does what it says.
final class LineRunner: Sendable {
  let agent: Agent
  /// The number of the line, from 0.
  let line: Int
  /// Among all of the agent.
  let serial: Int
  let mailbox = LineMailbox()
  /// Called when another line is to take this one's place.
  let onReplace: @Sendable (RetryPlan, _ after: Duration) -> Void
  private let plan: RetryPlan
  private let firstWait: Duration?

  init(
    agent: Agent, line: Int, plan: RetryPlan, firstWait: Duration?,
    onReplace: @escaping @Sendable (RetryPlan, _ after: Duration) -> Void
  ) {
    self.agent = agent
    self.line = line
    self.serial = agent.board.newSerial()
    self.plan = plan
    self.firstWait = firstWait
    self.onReplace = onReplace
  }

  /// The exchanges that run may end within the grace.
  func stop() { mailbox.send(.stop) }

  /// Ends the line at once.
  func stopNow() { mailbox.send(.stopNow) }

  /// Keeps the line up until it is stopped, replaced or given up, or the task is cancelled. It returns after the last of
  /// its exchanges has ended.
  /// - Returns: why it was given up.
  func run() async -> AgentError? {
    let work = LineWork(self)
    var machine = LineMachine(terms: agent.settings.terms, plan: plan, firstWait: firstWait)
    agent.board.enter(self)
    mailbox.send(.start)
    for await news in mailbox.all {
      guard let event = await work.admit(news) else { continue }
      work.perform(agent.handle(event, &machine), in: machine.state)
      if machine.state == .stopped { break }
    }
    // The task was cancelled.
    if machine.state != .stopped { work.perform(agent.handle(.stopNow, &machine), in: machine.state) }
    mailbox.close()
    await work.finish()
    agent.board.leave(self)
    return work.error
  }
}
