import NIOCore
import Testing

@testable import Tunnel

@Suite struct CreditTests {
  @Test func `credit counts headers, and any that fits a header and one octet is used`() {
    var credit = SendCredit(21)
    #expect(credit.longestPayload == 11)
    credit.use(payload: 0)
    #expect(credit.longestPayload == 1)
    credit.use(payload: 1)
    #expect(credit.available == 0)
    #expect(credit.longestPayload == 0)
    let added = [credit.add(10), credit.longestPayload == 0, credit.add(UInt32.max - 10), credit.add(1)]
    #expect(added == [true, true, true, false])
  }

  @Test func `credit goes back when half of the grant is consumed, not before`() {
    var credit = ReceiveCredit(1000)
    var budget = GrowthBudget(0)
    var isTaken = credit.receive(payload: 479) { .zero }
    #expect(isTaken)
    var given = credit.consume(cost: 489, budget: &budget) { .zero }
    #expect(given == 0)
    isTaken = credit.receive(payload: 1) { .zero }
    #expect(isTaken)
    given = credit.consume(cost: 11, budget: &budget) { .zero }
    #expect(given == 500)
    #expect(credit.open == 1000)
    isTaken = credit.receive(payload: 991) { .zero }
    #expect(!isTaken)
  }

  /// A sender that uses all credit at once and hears of more after a round trip; a reader that reads at once.
  private func window(
    base: Int, budget size: Int, roundTrips: Int, roundTrip: Duration, octetsPerSecond: Double,
    noise: ClosedRange<Double> = 1...1, firstRoundTrip: Duration? = nil
  ) -> Int {
    var random = Seeded(state: 7)
    var credit = ReceiveCredit(base)
    var budget = GrowthBudget(size)
    var now = Duration.zero
    var open = base
    for index in 0..<roundTrips {
      var given = 0
      let octetsPerSecond = octetsPerSecond * Double.random(in: noise, using: &random)
      while open >= 1034 {
        now += .seconds(1034 / octetsPerSecond)
        let isTaken = credit.receive(payload: 1024) { now }
        #expect(isTaken)
        open -= 1034
        given += Int(credit.consume(cost: 1034, budget: &budget) { now })
      }
      now += index == 0 ? firstRoundTrip ?? roundTrip : roundTrip
      open += given
    }
    #expect(budget.used == credit.window - base)
    return credit.window
  }

  @Test func `a long line gets a window of rate x round trip`() {
    // 100 MB/s over 100 ms is 10 MB.
    let window = window(
      base: 65_536, budget: 16 << 20, roundTrips: 200, roundTrip: .milliseconds(100), octetsPerSecond: 1e8)
    #expect(window > 4 << 20)
    #expect(window <= 65_536 + 16 << 20)
  }

  @Test func `a line whose first round trip was a short one gets its window, too`() {
    let window = window(
      base: 65_536, budget: 16 << 20, roundTrips: 200, roundTrip: .milliseconds(100), octetsPerSecond: 1e8,
      firstRoundTrip: .milliseconds(40))
    #expect(window > 4 << 20)
  }

  @Test func `on a short line the window stops where no side waits for the other`() {
    let window = window(
      base: 65_536, budget: 16 << 20, roundTrips: 200, roundTrip: .microseconds(1), octetsPerSecond: 1e8)
    #expect(window == ReceiveCredit.easyWindow)
  }

  @Test func `on a short line whose rate wavers the window stops there, too`() {
    // 1 GB/s over 100 microseconds are 100 KB: what is open beyond that stands in a queue, before all that comes behind.
    let window = window(
      base: 65_536, budget: 16 << 20, roundTrips: 1000, roundTrip: .microseconds(100), octetsPerSecond: 1e9,
      noise: 0.3...1)
    #expect(window == ReceiveCredit.easyWindow)
  }

  @Test func `without a budget nothing grows`() {
    #expect(window(base: 65_536, budget: 0, roundTrips: 50, roundTrip: .seconds(1), octetsPerSecond: 1e9) == 65_536)
  }

  @Test func `a reader that falls behind gives its growth back, by being granted less`() {
    var credit = ReceiveCredit(1000)
    var budget = GrowthBudget(100_000)
    var now = Duration.zero
    for _ in 0..<40 {
      now += .milliseconds(1)
      while credit.open >= 110 {
        _ = credit.receive(payload: 100) { now }
        _ = credit.consume(cost: 110, budget: &budget) { now }
        if credit.window > 8000 { break }
      }
    }
    let grown = credit.window
    #expect(grown > 1000)
    // All comes, then the reader takes it slowly while more comes.
    for _ in 0..<2000 {
      while credit.open >= 110 { _ = credit.receive(payload: 100) { now } }
      _ = credit.consume(cost: 110, budget: &budget) { now }
    }
    #expect(credit.window < grown)
    #expect(budget.used == credit.window - 1000)
    credit.discard()
    credit.end(budget: &budget)
    #expect(budget.used == 0)
  }

  @Test func `the budget is shared, and never overdrawn`() {
    var budget = GrowthBudget(1000)
    var taken = [budget.take(5000, held: 0), budget.take(1, held: 0)]
    budget.giveBack(600, left: 400)
    taken.append(budget.take(5000, held: 0))
    #expect(taken == [1000, 0, 500])
    #expect(budget.share == 500)
    #expect(budget.used == 900)
    budget.giveBack(400, left: 0)
    budget.giveBack(500, left: 0)
    #expect(budget.used == 0)
    #expect(budget.share == 1000)
  }
}
