import Foundation
import Testing

@testable import TokenVault

@Suite struct RefreshScheduleTests {
  /// Draws the same value for ever.
  struct Constant: RandomNumberGenerator {
    var value: UInt64
    mutating func next() -> UInt64 { value }
  }

  /// SplitMix64.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  typealias Action = RefreshSchedule.Action

  private func at(_ seconds: TimeInterval) -> Date { Date(timeIntervalSinceReferenceDate: seconds) }

  /// A schedule without chance: a draw in the middle of every range.
  private var middle: Constant { Constant(value: UInt64.max / 2 + 1) }

  /// Holds a token from 0 to 1000 s since 0, with a line.
  private func held(life: TimeInterval = 1000, line: Bool = true) -> RefreshSchedule {
    var schedule = RefreshSchedule()
    var generator = middle
    _ = schedule.line(isUp: line, at: at(0))
    _ = schedule.hold(issuedAt: at(0), expiresAt: at(life), at: at(0), using: &generator)
    return schedule
  }

  @Test(arguments: [
    // issued, expires, now -> earliest and latest first refresh
    (0.0, 1000.0, 0.0, 475.0, 525.0),
    (0.0, 1000.0, 400.0, 475.0, 525.0),
    (0.0, 1000.0, 490.0, 490.0, 525.0),
    // Late: at half of what is left.
    (0.0, 1000.0, 500.0, 737.5, 762.5),
    (0.0, 1000.0, 900.0, 947.5, 952.5),
    // Issued by a clock that is ahead: as if issued now.
    (100.0, 1000.0, 0.0, 475.0, 525.0),
    (0.0, 1_000_000.0, 0.0, 475_000.0, 525_000.0),
  ])
  func `the first refresh is at half of the life, within 5 %`(
    issued: Double, expires: Double, now: Double, earliest: Double, latest: Double
  ) {
    var generator = Seeded(state: 7)
    var seen: Set<Date> = []
    for _ in 0..<500 {
      var schedule = RefreshSchedule()
      _ = schedule.hold(issuedAt: at(issued), expiresAt: at(expires), at: at(now), using: &generator)
      guard let next = schedule.nextRefresh else {
        Issue.record("no refresh is planned")
        return
      }
      #expect(next >= at(earliest) && next <= at(latest))
      seen.insert(next)
    }
    #expect(seen.count > 100)
  }

  @Test func `from the half of the life to the next token`() {
    var schedule = held()
    var generator = middle
    #expect(schedule.isReady)
    #expect(schedule.wake(at: at(499.9)) == [.wake(at: at(500))])
    #expect(schedule.wake(at: at(500)) == [.refresh, .wake(at: at(560))])
    #expect(schedule.nextRefresh == nil)
    // Nothing begins another one.
    #expect(schedule.wake(at: at(600)) == [.wake(at: at(660))])
    #expect(schedule.line(isUp: true, at: at(610)) == [.wake(at: at(670))])
    let actions = schedule.hold(issuedAt: at(620), expiresAt: at(1620), at: at(620), using: &generator)
    #expect(actions == [.wake(at: at(680))])
    #expect(!schedule.isRefreshing)
  }

  @Test func `a refresh waits for a line and begins with it`() {
    var schedule = held(line: false)
    #expect(schedule.wake(at: at(600)) == [.wake(at: at(660))])
    #expect(schedule.line(isUp: true, at: at(700)) == [.refresh, .wake(at: at(760))])
    // The line is lost under it: the driver says that it failed, and the next one waits for a line again.
    #expect(schedule.line(isUp: false, at: at(710)) == [.wake(at: at(770))])
    var generator = middle
    #expect(schedule.failed(at: at(710), using: &generator) == [.wake(at: at(770))])
    #expect(schedule.line(isUp: true, at: at(711)) == [.wake(at: at(711.5))])
    #expect(schedule.wake(at: at(711.5)) == [.refresh, .wake(at: at(771.5))])
  }

  @Test func `what the gateway has answered is tried again without a line, until the next token`() {
    var schedule = held()
    var generator = middle
    #expect(schedule.wake(at: at(500)).first == .refresh)
    _ = schedule.line(isUp: false, at: at(501))
    #expect(schedule.failed(at: at(501), needsLine: false, using: &generator) == [.wake(at: at(502.5))])
    #expect(schedule.wake(at: at(502.5)) == [.refresh, .wake(at: at(562.5))])
    // The answer was of no use after all.
    #expect(schedule.failed(at: at(503), using: &generator) == [.wake(at: at(563))])
    #expect(schedule.line(isUp: true, at: at(510)) == [.refresh, .wake(at: at(570))])
    _ = schedule.failed(at: at(511), needsLine: false, using: &generator)
    _ = schedule.line(isUp: false, at: at(511))
    _ = schedule.hold(issuedAt: at(512), expiresAt: at(1512), at: at(512), using: &generator)
    #expect(schedule.wake(at: at(1012)) == [.wake(at: at(1072))])
  }

  @Test func `a failed refresh is tried again, with backoff, until the token dies`() {
    var schedule = held()
    var generator = middle
    var now = at(500)
    var tries = 0
    var waits: [TimeInterval] = []
    var readiness: [Date: Bool] = [:]
    var actions = schedule.wake(at: now)
    while !actions.contains(.expired) {
      if actions.contains(.refresh) {
        tries += 1
        let planned = schedule.failed(at: now, using: &generator)
        #expect(!planned.contains(.refresh))
        // None is planned in the last second.
        if let next = schedule.nextRefresh { waits.append(next.timeIntervalSince(now)) }
        actions = planned
      }
      for case .ready(let ready) in actions { readiness[now] = ready }
      guard case .wake(let next) = actions.last, next > now else {
        Issue.record("the schedule stands still at \(now)")
        return
      }
      now = next
      actions = schedule.wake(at: now)
    }
    #expect(now == at(1000))
    #expect(waits.prefix(6).map { ($0 * 10).rounded() / 10 } == [1.5, 3, 6, 12, 24, 45])
    #expect(waits.allSatisfy { $0 >= 1 && $0 <= 60 })
    #expect(tries > 15 && tries < 60)
    #expect(schedule.failures == tries)
    #expect(readiness == [at(970): false])
    #expect(!schedule.isReady)
    // It is told once.
    #expect(schedule.wake(at: at(1001)) == [.wake(at: at(1061))])
    #expect(schedule.line(isUp: true, at: at(1002)) == [.wake(at: at(1062))])
    // A token from elsewhere brings it back to life.
    let back = schedule.hold(issuedAt: at(1100), expiresAt: at(2100), at: at(1100), using: &generator)
    #expect(back == [.ready(true), .wake(at: at(1160))])
  }

  @Test func `readiness ends in the last tenth of the life, or 30 s before its end`() {
    for (life, end) in [(1000.0, 970.0), (300, 270), (200, 180), (10, 9)] {
      var schedule = held(life: life, line: false)
      #expect(schedule.wake(at: at(end - 0.01)).first == .wake(at: at(end)))
      #expect(schedule.wake(at: at(end)) == [.ready(false), .wake(at: at(life))])
      #expect(schedule.wake(at: at(life)) == [.expired, .wake(at: at(life + 60))])
    }
  }

  @Test func `a reply that comes after the end counts, and a token that has expired is told at once`() {
    var schedule = held()
    var generator = middle
    _ = schedule.wake(at: at(999))
    #expect(schedule.isRefreshing)
    #expect(schedule.wake(at: at(1000)) == [.expired, .wake(at: at(1060))])
    let late = schedule.hold(issuedAt: at(999), expiresAt: at(1999), at: at(1001), using: &generator)
    #expect(late.first == .ready(true))
    let dead = schedule.hold(issuedAt: at(0), expiresAt: at(1001), at: at(1001), using: &generator)
    #expect(dead == [.ready(false), .expired, .wake(at: at(1061))])
  }

  @Test func `nothing happens without a token, and a failure that nobody waits for changes nothing`() {
    var schedule = RefreshSchedule()
    var generator = middle
    #expect(schedule.wake(at: at(0)).isEmpty)
    #expect(schedule.line(isUp: true, at: at(0)).isEmpty)
    #expect(schedule.failed(at: at(0), using: &generator).isEmpty)
    schedule = held()
    #expect(schedule.failed(at: at(10), using: &generator) == [.wake(at: at(70))])
    #expect(schedule.failures == 0)
  }

  @Test func `a sleep is never longer than a minute, and a clock that jumps is seen`() {
    var schedule = held(life: 1_000_000)
    #expect(schedule.wake(at: at(10)) == [.wake(at: at(70))])
    #expect(schedule.wake(at: at(600_000)).first == .refresh)
    schedule = held()
    // Back: it waits for the date that was planned. Ahead of everything: the token is dead, until the clock is right again.
    #expect(schedule.wake(at: at(-5000)) == [.wake(at: at(-4940))])
    #expect(schedule.wake(at: at(5000)) == [.ready(false), .expired, .wake(at: at(5060))])
    #expect(schedule.nextRefresh == at(500))
    #expect(schedule.wake(at: at(600)) == [.ready(true), .refresh, .wake(at: at(660))])
  }

  @Test func `a clock that is hours behind at the start and is set then costs no token`() {
    var schedule = RefreshSchedule()
    var generator = middle
    _ = schedule.line(isUp: true, at: at(-7200))
    // It lives from 0 to an hour.
    let actions = schedule.hold(issuedAt: at(0), expiresAt: at(3600), at: at(-7200), using: &generator)
    #expect(actions == [.ready(true), .wake(at: at(-7140))])
    #expect(schedule.wake(at: at(600)) == [.refresh, .wake(at: at(660))])
  }

  @Test func `any events at any time: one refresh at a time, a wake that is ahead, no end but expiry`() {
    for seed in 0..<200 as Range<UInt64> {
      var chance = Seeded(state: seed)
      var schedule = held(line: false)
      var now = 0.0
      var running = false
      var isOver = false
      for _ in 0..<200 where !isOver {
        now += Double.random(in: 0...20, using: &chance)
        let actions: [Action]
        switch Int.random(in: 0..<6, using: &chance) {
        case 0: actions = schedule.line(isUp: Bool.random(using: &chance), at: at(now))
        case 1:
          running = false
          actions = schedule.failed(at: at(now), using: &chance)
        case 2 where running && now < 900:
          running = false
          actions = schedule.hold(issuedAt: at(now), expiresAt: at(1000), at: at(now), using: &chance)
        default: actions = schedule.wake(at: at(now))
        }
        if actions.contains(.refresh) {
          #expect(!running)
          running = true
        }
        isOver = actions.contains(.expired)
        #expect(isOver == (now >= 1000))
        if case .wake(let next) = actions.last { #expect(next > at(now)) } else { #expect(isOver) }
      }
    }
  }
}
