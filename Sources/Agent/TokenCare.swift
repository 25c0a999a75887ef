import Foundation
import Logging
import PhoenixChannels
import Synchronization
import TokenVault

/// Keeps the agent's token fresh: asks the gateway for the next one in time, whatever the number of lines, and stores again
/// what could not be stored when it came.
///
/// It drives one ``RefreshSchedule``, which says when.
final class TokenCare: Sendable {
  private enum Event: Sendable {
    /// A channel was joined, or one has ended.
    case linesChanged
    /// The time of a wait has come.
    case woken
    /// Another token is in force.
    case held
    /// The gateway refused the one in force.
    case refused
    /// The store was looked at again, and has one that is in force now, or not.
    case lookedAgain(AgentToken?)
    case refreshed(Adoption)
    case failed(RefreshFailure)
  }

  /// How long after a fault of the store it is tried again.
  static let storeAgainAfter = Duration.seconds(60)

  private let vault: TokenVault
  private let board: LineBoard
  private let generator: SharedGenerator
  private let clock: any Clock<Duration>
  private let date: @Sendable () -> Date
  private let replyTimeout: Duration
  private let logger: Logger
  private let events: AsyncStream<Event>
  /// It needs no bound: each channel begins and ends once, each dial is refused once, and there is one wait and one refresh
  /// at a time.
  private let event: AsyncStream<Event>.Continuation
  private let ready = Mutex(false)

  /// - Parameter replyTimeout: how long the gateway has to answer a request for a token.
  init(
    vault: TokenVault, board: LineBoard, generator: SharedGenerator, clock: any Clock<Duration>,
    date: @escaping @Sendable () -> Date, replyTimeout: Duration, logger: Logger
  ) {
    self.vault = vault
    self.board = board
    self.generator = generator
    self.clock = clock
    self.date = date
    self.replyTimeout = replyTimeout
    self.logger = logger
    (events, event) = AsyncStream.makeStream(of: Event.self)
  }

  /// Whether the token has enough life left. It ends before the token does, see ``RefreshRules``.
  var isReady: Bool { ready.withLock { $0 } }

  /// A channel was joined, or one has ended.
  func linesChanged() { event.yield(.linesChanged) }

  /// The gateway took the token from the settings after it had refused the one in force.
  func settingsTokenWasTaken() {
    guard vault.useSettingsToken(at: date()) != nil else { return }
    logger.info("the gateway took the token from the settings, which is used from now on")
    event.yield(.held)
  }

  /// The gateway refused a token. If the start could not see all that the store has, that is made up for.
  func tokenWasRefused() { event.yield(.refused) }

  /// Returns when the task is cancelled.
  func run() async {
    var schedule = RefreshSchedule()
    var gatewayToken: String?
    var waking: Task<Void, Never>?
    var refreshing: Task<Void, Never>?
    var storing: Task<Void, Never>?
    var looking: Task<Void, Never>?

    func perform(_ actions: [RefreshSchedule.Action]) {
      for action in actions {
        switch action {
        case .refresh:
          refreshing = Task { [gatewayToken] in event.yield(await refresh(gatewayToken)) }
        case .ready(let isReady):
          ready.withLock { $0 = isReady }
          if !isReady { logger.warning("the token dies soon, so this agent is not ready any more") }
        case .expired:
          logger.error("the token has expired, no line can be dialled any more")
        case .wake(let time):
          waking?.cancel()
          let wait = Duration.seconds(max(0, time.timeIntervalSince(date())))
          waking = Task { if (try? await clock.sleep(for: wait)) != nil { event.yield(.woken) } }
        }
      }
    }

    perform(hold(&schedule))
    for await event in events {
      switch event {
      case .linesChanged: perform(schedule.line(isUp: board.servingChannel != nil, at: date()))
      case .woken: perform(schedule.wake(at: date()))
      case .held:
        gatewayToken = nil
        perform(hold(&schedule))
      case .refused:
        guard looking == nil else { continue }
        looking = Task { await lookAgain() }
      case .lookedAgain(let token):
        looking = nil
        guard let token else { continue }
        logger.info("a later token was found in the store, which is used from now on", metadata: ["jti": "\(token.id)"])
        gatewayToken = nil
        perform(hold(&schedule))
        board.tokenChanged()
      case .refreshed(let adoption):
        adoption.notice.log(to: logger)
        gatewayToken = nil
        perform(hold(&schedule))
        board.tokenChanged()
        guard adoption.storeFault != nil, storing == nil else { continue }
        storing = Task { await storeAgain() }
      case .failed(let failure):
        gatewayToken = failure.unverified
        let needsLine = gatewayToken == nil
        let actions = generator.withLock { schedule.failed(at: date(), needsLine: needsLine, using: &$0) }
        logger.warning(
          "the token could not be refreshed",
          metadata: [
            "reason": "\(failure.sentence)", "next_try": "\(schedule.nextRefresh?.ISO8601Format() ?? "none")",
          ])
        perform(actions)
      }
    }
    waking?.cancel()
    storing?.cancel()
    await looking?.value
    await storing?.value
    // What the gateway has answered is stored: it has forgotten the token before.
    await refreshing?.value
    await storeOnceMore()
  }

  private func hold(_ schedule: inout RefreshSchedule) -> [RefreshSchedule.Action] {
    let (token, now) = (vault.current, date())
    return generator.withLock {
      schedule.hold(issuedAt: token.issuedAt, expiresAt: token.expiresAt, at: now, using: &$0)
    }
  }

  /// - Parameter gatewayToken: what the gateway answered before, if only its signature could not be verified then.
  private func refresh(_ gatewayToken: String?) async -> Event {
    var compact = gatewayToken
    do {
      if compact == nil { compact = try await ask() }
      return .refreshed(try await vault.adopt(refreshed: compact ?? "", at: date()))
    } catch let failure as RefreshFailure {
      return .failed(failure)
    } catch let fault as TokenFault {
      // The gateway has forgotten the old token, so its answer is not thrown away.
      return .failed(RefreshFailure(sentence: fault.sentence, unverified: fault.isForWantOfKeys ? compact : nil))
    } catch {
      return .failed(RefreshFailure(sentence: "The line was lost."))
    }
  }

  private func ask() async throws -> String {
    guard let channel = board.servingChannel else { throw RefreshFailure(sentence: "No line is joined.") }
    let reply: PhoenixReply
    do throws(ChannelError) {
      reply = try await channel.call("refresh_token", [:], timeout: replyTimeout)
    } catch {
      // A channel that crashed gives the gateway's reason, which may repeat the token.
      throw RefreshFailure(sentence: vault.current.plain(error.sentence))
    }
    guard case .json(let response) = reply.response, reply.status == "ok" else {
      let reason =
        if case .json(let response) = reply.response { response["reason"]?.stringValue } else { String?.none }
      let words = reason.map(vault.current.plain) ?? "it gave no reason"
      throw RefreshFailure(sentence: "The gateway refused: \(words).")
    }
    guard let token = response["token"]?.stringValue else {
      throw RefreshFailure(sentence: "The gateway's answer has no token.")
    }
    return token
  }

  private func lookAgain() async { event.yield(.lookedAgain(await vault.lookAgain(at: date()))) }

  /// Tries until the token that is used is stored, too.
  private func storeAgain() async {
    while (try? await clock.sleep(for: Self.storeAgainAfter)) != nil { await storeOnceMore() }
  }

  private func storeOnceMore() async {
    guard vault.isUnstored else { return }
    if await vault.storeAgain(at: date()) == nil { logger.info("the token is stored now") }
  }
}

/// Why there is no new token.
struct RefreshFailure: Error {
  /// Without a character of a token.
  var sentence: String
  /// A token whose signature could not be verified, but may be later.
  var unverified: String?
}
