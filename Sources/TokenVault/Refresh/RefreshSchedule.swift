#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// When the agent asks the gateway for its next token: a pure state machine. Events and dates go in, actions come out.
///
/// There is one for the agent, whatever the number of its lines, and it has at most one refresh under way: the gateway
/// forgets the old token when it hands out a new one. Dates are read from the wall clock, since `exp` is one; they may jump,
/// so each input looks at everything anew.
package struct RefreshSchedule: Sendable {
  package enum Action: Equatable, Sendable {
    /// Ask the gateway for a new token, on one line; then call ``hold(issuedAt:expiresAt:at:using:)`` or
    /// ``failed(at:needsLine:using:)``. The request needs a deadline of its own.
    case refresh
    /// The agent's readiness changed, as far as its token goes.
    case ready(Bool)
    /// The token has expired: no dial with it can succeed. Told once for each token. A clock that was ahead for a moment
    /// may be set back, and then it lives on.
    case expired
    /// Call ``wake(at:)`` then. It replaces what an earlier action said. A schedule without this action waits for an event.
    case wake(at: Date)
  }

  /// The longest a driver is told to sleep, 60 s: a monotonic sleep does not see the wall clock jump.
  package static let longestSleep: TimeInterval = 60

  private struct Life: Sendable {
    let expiresAt: Date
    let readyUntil: Date
    var nextTry: Date
    var failures = 0
    /// Whether the next try asks the gateway, which needs a line.
    var needsLine = true
    var wasToldOver = false
  }

  package let rules: RefreshRules
  private var life: Life?
  private var lineIsUp = false
  /// Whether a refresh is under way.
  package private(set) var isRefreshing = false
  /// Whether the token that is held has enough life left. False until one is held.
  package private(set) var isReady = false

  package init(rules: RefreshRules = RefreshRules()) { self.rules = rules }

  /// When the next refresh begins, if a line is up then or none is needed; `nil` while one is under way, no token is held,
  /// or it expires before.
  package var nextRefresh: Date? {
    guard !isRefreshing, let life, life.nextTry < life.expiresAt else { return nil }
    return life.nextTry
  }

  /// Refreshes that failed since the token came.
  package var failures: Int { life?.failures ?? 0 }

  /// A token is held from now on: at the start, after a refresh, or another one in its place.
  package mutating func hold(
    issuedAt: Date, expiresAt: Date, at now: Date, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    isRefreshing = false
    life = Life(
      expiresAt: expiresAt, readyUntil: rules.readyUntil(issuedAt: issuedAt, expiresAt: expiresAt, at: now),
      nextTry: rules.firstRefresh(issuedAt: issuedAt, expiresAt: expiresAt, at: now, using: &generator))
    return look(at: now)
  }

  /// A line is joined, or the last one is gone. A refresh needs one; one that came due meanwhile begins with it.
  package mutating func line(isUp: Bool, at now: Date) -> [Action] {
    lineIsUp = isUp
    return look(at: now)
  }

  /// The refresh failed: the gateway refused, it did not answer in time, the line was lost, or what came failed its checks.
  /// - Parameter needsLine: `false`: the gateway has answered, and the next try goes on from there. Default `true`.
  package mutating func failed(
    at now: Date, needsLine: Bool = true, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    guard isRefreshing else { return look(at: now) }
    isRefreshing = false
    life?.failures += 1
    life?.needsLine = needsLine
    if let held = life {
      life?.nextTry = rules.nextTry(after: held.failures, expiresAt: held.expiresAt, at: now, using: &generator)
    }
    return look(at: now)
  }

  /// The time of the last ``Action/wake(at:)`` has come. Earlier or later does no harm.
  package mutating func wake(at now: Date) -> [Action] { look(at: now) }

  private mutating func look(at now: Date) -> [Action] {
    guard let held = life else { return [] }
    var actions: [Action] = []
    let ready = now < held.readyUntil
    if ready != isReady {
      isReady = ready
      actions.append(.ready(ready))
    }
    var next = now.addingTimeInterval(Self.longestSleep)
    guard now < held.expiresAt else {
      if !held.wasToldOver { actions.append(.expired) }
      life?.wasToldOver = true
      return actions + [.wake(at: next)]
    }
    let mayRefresh = lineIsUp || !held.needsLine
    if !isRefreshing, mayRefresh, held.nextTry <= now {
      isRefreshing = true
      actions.append(.refresh)
    }
    next = min(next, held.expiresAt)
    if ready { next = min(next, held.readyUntil) }
    if !isRefreshing, mayRefresh { next = min(next, held.nextTry) }
    return actions + [.wake(at: next)]
  }
}
