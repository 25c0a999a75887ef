import Agent
import Synchronization

/// The agent of a process, from before it is there: what it needs may have to be waited for, such as the keys that its token
/// is verified with. Signals, the operations server and the service manager need not wait with it.
final class AgentStart: Sendable {
  private struct State {
    var making: Task<Agent, any Error>?
    var agent: Agent?
    var isStopped = false
  }

  private let make: @Sendable () async throws -> Agent
  private let state = Mutex(State())

  init(_ make: @escaping @Sendable () async throws -> Agent) { self.make = make }

  /// `nil` as long as it is waited for.
  var agent: Agent? { state.withLock { $0.agent } }

  /// How it is, in a line.
  var status: String { agent?.status.sentence ?? "starting" }

  /// Makes the agent. Called once.
  /// - Throws: `CancellationError` if it was stopped before it was there, or what making it throws.
  func begin() async throws -> Agent {
    let making = state.withLock { state in
      let making = Task { try await make() }
      if state.isStopped { making.cancel() }
      state.making = making
      return making
    }
    let agent = try await making.value
    return try state.withLock { state in
      guard !state.isStopped else { throw CancellationError() }
      state.agent = agent
      return agent
    }
  }

  /// Stops the agent, a second time at once; or the wait for it.
  func stop() async {
    let (agent, making) = state.withLock { state in
      state.isStopped = true
      return (state.agent, state.making)
    }
    if let agent { await agent.stop() } else { making?.cancel() }
  }
}
