/// Keeps one line of an agent up, with those before it that the gateway drains and that still serve what they have begun.
///
/// Attempts that fail are counted per line, and a join that is granted starts the count anew. The agent gives up when
/// every one of its lines has failed more than `maxRetries` times in a row: as long as another line is up, or has tries
/// left, a line goes on trying. A line whose token has expired ends by itself.
struct LineSupervisor {
  /// Predecessors of a line that may still serve what they have begun while the gateway drains them; past it the oldest
  /// is cut off.
  static let maxDraining = 4

  private enum Step {
    case replaced(RetryPlan, after: Duration)
    case ended(LineRunner, AgentError?)
  }

  let agent: Agent
  /// The number of the line, from 0.
  let line: Int

  /// Runs until the task is cancelled or the agent stops.
  /// - Returns: why the line can never be up again; `nil` if it was stopped.
  /// - Throws: ``AgentError`` when the agent is to give up.
  func run() async throws -> AgentError? {
    try await withThrowingDiscardingTaskGroup { group in
      // A runner is replaced once and ends once, so this needs no bound.
      let (steps, step) = AsyncStream.makeStream(of: Step.self)
      var runners: [LineRunner] = []
      var end: AgentError?
      func start(_ plan: RetryPlan, after wait: Duration?) {
        let runner = LineRunner(agent: agent, line: line, plan: plan, firstWait: wait) {
          step.yield(.replaced($0, after: $1))
        }
        runners.append(runner)
        group.addTask { step.yield(.ended(runner, await runner.run())) }
      }
      start(agent.settings.plan, after: nil)
      for await next in steps {
        switch next {
        case .replaced(let plan, let wait):
          start(plan, after: wait)
          if runners.count > Self.maxDraining + 1 { runners[0].stopNow() }
        case .ended(let runner, let error):
          runners.removeAll { $0 === runner }
          if let error, error.kind == .gaveUp { throw error }
          end = error ?? end
          if runners.isEmpty { return end }
        }
      }
      return nil
    }
  }
}
