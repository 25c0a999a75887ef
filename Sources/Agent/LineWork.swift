import PhoenixChannels
import TokenVault

/// The hands of a ``LineRunner``: what it has open, and how each action is done.
///
/// Not `Sendable`: it belongs to the task that runs the line. What takes time is done beside it and tells the mailbox.
final class LineWork {
  let runner: LineRunner
  let timers: LineTimers
  /// Exchanges of channels that have ended, on their way to their own end.
  let exchanges = PendingWork()
  var socket: LineSocket?
  var serving: Serving?
  /// Why the line was given up.
  private(set) var error: AgentError?
  private var dialing: Task<Void, Never>?
  private var token = LineMachine.TokenChoice.current
  /// The channel was left, so that the end of its socket is waited for.
  private var hasLeft = false
  private var farewell: Task<Void, Never>?
  /// The token that was shown last.
  private var shown: AgentToken?
  private var (dials, joins) = (0, 0)

  init(_ runner: LineRunner) {
    self.runner = runner
    timers = LineTimers(clock: runner.agent.clock, mailbox: runner.mailbox)
  }

  var agent: Agent { runner.agent }

  /// Takes what came with the news.
  /// - Returns: `nil` if they are of a socket, a channel or a timer that is gone.
  func admit(_ news: LineNews) async -> LineMachine.Event? {
    if let dial = news.dial, dial != dials { return nil }
    if let join = news.join, join != joins { return nil }
    switch news.event {
    case .fired(let timer):
      guard let number = news.timer, timers.take(timer, number) else { return nil }
      if timer == .heartbeatLate, let socket, await socket.socket.isHeldUp() { return .heartbeatHeldUp }
    case .dialSucceeded:
      guard let socket = news.socket else { return nil }
      open(socket)
      if token == .other, shown?.rawValue == agent.vault.settingsToken(at: agent.date())?.rawValue {
        agent.care.settingsTokenWasTaken()
      }
    case .joined:
      serving = news.serving
    case .dialFailed(let loss, _):
      let loss = plain(loss)
      return .dialFailed(loss, prospect(after: loss))
    case .joinFailed(let loss, _):
      let loss = plain(loss)
      return .joinFailed(loss, prospect(after: loss))
    case .channelCrashed(let reason): return .channelCrashed(reason: reason.map(plain))
    case .socketLost(let code, let reason): return .socketLost(code: code, reason: plain(reason))
    case .framingBroken(let sentence): return .framingBroken(plain(sentence))
    case .heartbeatFailed(let sentence): return .heartbeatFailed(plain(sentence))
    case .left:
      hasLeft = true
    default: break
    }
    return news.event
  }

  private func plain(_ loss: LineLoss) -> LineLoss { LineLoss(loss.cause, plain(loss.sentence)) }

  /// What the gateway says may be long, and may repeat the token that it was shown.
  private func plain(_ words: String) -> String { shown?.plain(words) ?? words }

  /// Waits for what outlives the line: its exchanges, and the end of a socket that was left in order.
  func finish() async {
    timers.cancelAll()
    dialing?.cancel()
    await farewell?.value
    await exchanges.finish()
  }

  func dial(_ choice: LineMachine.TokenChoice) {
    (dials, token) = (dials + 1, choice)
    let (number, agent, mailbox) = (dials, agent, runner.mailbox)
    let next = choice == .other ? otherToken ?? agent.vault.current : agent.vault.current
    shown = next
    do throws(TokenFault) {
      try next.check(at: agent.date())
    } catch {
      let end = AgentError(kind: .tokenExpired, sentence: error.sentence)
      return mailbox.send(LineNews(event: .tokenExpired(end), dial: number))
    }
    let url = SocketURL(gateway: agent.settings.gateway, token: next.rawValue)
    dialing = Task {
      do throws(DialFailure) {
        let socket = try await agent.dialer.dial(url)
        mailbox.send(LineNews(event: .dialSucceeded, dial: number, socket: socket))
      } catch {
        mailbox.send(LineNews(event: .dialFailed(LineLoss(error), .again), dial: number))
      }
    }
  }

  /// The token to try when the one that was shown was refused: the one in force, if it has changed meanwhile, else the one
  /// from the settings; `nil`: there is no other.
  private var otherToken: AgentToken? {
    let current = agent.vault.current
    return current.rawValue != shown?.rawValue ? current : agent.vault.settingsToken(at: agent.date())
  }

  /// A socket that comes all the same is let go of.
  func cancelDial() {
    dials += 1
    dialing?.cancel()
  }

  private func open(_ opened: PhoenixSocket) {
    let line = LineSocket(agent: agent, socket: opened, pathID: shown?.pathID ?? "")
    socket = line
    let (number, mailbox) = (dials, runner.mailbox)
    line.start { mailbox.send(LineNews(event: await line.read(), dial: number)) }
  }

  func close(code: UInt16) {
    guard let line = socket else { return }
    (socket, serving) = (nil, nil)
    dials += 1
    let closing = line.start { await line.socket.close(code: code) }
    if hasLeft { farewell = closing }
  }

  func join() {
    guard let line = socket else { return }
    joins += 1
    let (dial, join, mailbox, runner) = (dials, joins, runner.mailbox, runner)
    line.start {
      do throws(LineLost) {
        let serving = try await line.join(runner) {
          mailbox.send(LineNews(event: .gatewayDrains, dial: dial, join: join))
        }
        mailbox.send(LineNews(event: .joined, dial: dial, join: join, serving: serving))
      } catch {
        mailbox.send(LineNews(event: .joinFailed(error.loss, .again), dial: dial, join: join))
      }
    }
  }

  /// Does something with the channel that serves, on its socket's executor, and tells the mailbox how it ended.
  func start(_ work: @escaping @Sendable (LineSocket, Serving) async -> LineMachine.Event?) {
    guard let line = socket, let serving else { return }
    let (dial, join, mailbox) = (dials, joins, runner.mailbox)
    line.start {
      if let event = await work(line, serving) { mailbox.send(LineNews(event: event, dial: dial, join: join)) }
    }
  }

  /// What may be tried after a failed attempt, which counts.
  private func prospect(after loss: LineLoss) -> LineMachine.Prospect {
    if loss.cause.isTokenRefused {
      agent.care.tokenWasRefused()
      if token == .current, otherToken != nil { return .otherToken }
    }
    let (limit, failures) = (agent.settings.maxRetries, agent.board.fail(line: runner.line))
    guard limit >= 0, failures.leastOfAll > limit else { return .again }
    return .giveUp(
      AgentError(
        kind: .gaveUp,
        sentence: "Gave up after \(failures.ofLine) attempts in a row (MAX_RETRIES is \(limit)). "
          + "The last one: \(loss.sentence)"))
  }

  func giveUp(_ error: AgentError) {
    self.error = error
    agent.board.giveUp(line: runner.line)
  }
}
