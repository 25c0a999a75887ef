import Logging
import PhoenixChannels
import TokenVault

/// Keeps one line of an agent up: dials, lets it serve, and dials again when it is lost, or as soon as the gateway
/// says that it drains it.
///
/// Attempts that fail are counted per line, and a join that is granted starts the count anew. The agent gives up when
/// every one of its lines has failed more than `maxRetries` times in a row: as long as another line is up, or has tries
/// left, a line goes on trying. A line whose token has expired ends by itself.
struct LineSupervisor {
  /// Predecessors of a line that may still serve what they have begun while the gateway drains them; past it the oldest
  /// is cut off.
  static let maxDraining = 4

  private enum Turn {
    case lost(LineLoss)
    case draining
  }

  let agent: Agent
  /// The number of the line, from 0.
  let line: Int

  private var settings: AgentSettings { agent.settings }

  /// Runs until the task is cancelled or the agent stops.
  /// - Returns: why the line can never be up again; `nil` if it was stopped.
  /// - Throws: ``AgentError`` when the agent is to give up.
  func run() async throws -> AgentError? {
    // Lines that are drained go on in the group, to their own end or the agent's.
    try await withThrowingDiscardingTaskGroup { group in try await keepUp(&group) }
  }

  private func keepUp(_ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws -> AgentError? {
    var backoff = settings.backoff
    // One line in a row may be replaced at once; a gateway that drains each line as soon as it is up is not to be
    // dialled without a pause.
    var mayHurry = true
    var draining: [Line] = []
    while !Task.isCancelled, !agent.isStopping {
      do {
        try settings.token.check(at: agent.date())
      } catch {
        agent.board.giveUp(line: line)
        agent.logger.error("the token has expired, this line ends", metadata: ["line": "\(line + 1)"])
        return AgentError(kind: .tokenExpired, sentence: error.sentence)
      }
      let place = agent.board.newPlace(line: line)
      let cause: String
      switch await attempt(place, &draining, &group) {
      case nil: return nil
      case .draining:
        let hasBeaten = draining.last?.hasBeaten == true
        if hasBeaten { backoff.reset() }
        if hasBeaten || mayHurry {
          mayHurry = false
          continue
        }
        cause = "The gateway drains the line."
      case .lost(let loss):
        if Task.isCancelled || agent.isStopping { return nil }
        agent.board.note(loss: loss.sentence, at: place)
        if loss.wasUp {
          mayHurry = true
          backoff.reset()
        } else {
          try countFailure(loss)
        }
        cause = loss.sentence
      }
      let wait = agent.draw(&backoff)
      agent.board.update(place) { $0.phase = .backingOff }
      agent.logger.warning(
        "no line to the gateway",
        metadata: ["line": "\(line + 1)", "cause": "\(cause)", "retry_in": "\(Int(wait / .milliseconds(1)))ms"])
      try? await agent.clock.sleep(for: wait)
    }
    return nil
  }

  private func countFailure(_ loss: LineLoss) throws {
    let failures = agent.board.fail(line: line)
    guard settings.maxRetries >= 0, failures.leastOfAll > settings.maxRetries else { return }
    throw AgentError(
      kind: .gaveUp,
      sentence: "Gave up after \(failures.ofLine) attempts in a row (MAX_RETRIES is \(settings.maxRetries)). "
        + "The last one: \(loss.sentence)")
  }

  /// One dial, and if it succeeds the line's life up to its end, or to the moment when the gateway begins to drain it; it
  /// then goes on beside its successor.
  /// - Returns: `nil` if the task was cancelled.
  private func attempt(
    _ place: LineBoard.Place, _ draining: inout [Line], _ group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async -> Turn? {
    let socket: PhoenixSocket
    do {
      socket = try await agent.dialer.dial(
        SocketURL(gateway: settings.gateway, token: settings.token.rawValue))
    } catch {
      return .lost(LineLoss(sentence: error.sentence, wasUp: false))
    }
    let (turns, turn) = AsyncStream.makeStream(of: Turn.self, bufferingPolicy: .bufferingOldest(1))
    let life = Line(agent: agent, place: place, socket: socket) { turn.yield(.draining) }
    group.addTask {
      let loss = await life.serve()
      turn.yield(.lost(loss))
    }
    for await turn in turns {
      if case .draining = turn {
        draining.removeAll(where: \.hasEnded)
        draining.append(life)
        if draining.count > Self.maxDraining {
          let oldest = draining.removeFirst()
          group.addTask { await oldest.cutOff() }
        }
      }
      return turn
    }
    return nil
  }
}
