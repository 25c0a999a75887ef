import Agent
import Testing

@Suite struct BackoffTests {
  struct SplitMix: RandomNumberGenerator, Sendable {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Draws what is nearly the ceiling.
  struct Highest: RandomNumberGenerator, Sendable {
    func next() -> UInt64 { .max }
  }

  /// Draws nearly nothing. Not 0, which the sampling of the standard library rejects, again and again.
  struct Lowest: RandomNumberGenerator, Sendable {
    func next() -> UInt64 { 1 }
  }

  private func waits(_ backoff: Backoff, _ count: Int, _ generator: some RandomNumberGenerator) -> [Duration] {
    var (backoff, generator) = (backoff, generator)
    return (0..<count).map { _ in backoff.next(using: &generator) }
  }

  @Test func `the ceiling doubles up to the maximum`() {
    let waits = waits(Backoff(initial: .seconds(1), maximum: .seconds(10)), 6, Highest())
    for (wait, ceiling) in zip(waits, [1, 2, 4, 8, 10, 10]) {
      #expect(wait <= .seconds(ceiling))
      #expect(wait > .seconds(Double(ceiling) * 0.999))
    }
  }

  @Test func `the jitter is full, from nothing to the ceiling`() {
    #expect(waits(Backoff(), 9, Lowest()).allSatisfy { $0 < .microseconds(1) })
    let many = waits(Backoff(initial: .seconds(8), maximum: .seconds(8)), 4000, SplitMix(state: 1))
    #expect(many.allSatisfy { $0 >= .zero && $0 <= .seconds(8) })
    for second in 0..<8 {
      let share = many.count { $0 >= .seconds(second) && $0 < .seconds(second + 1) }
      #expect((400...600).contains(share))
    }
  }

  @Test func `the same seed draws the same waits`() {
    #expect(waits(Backoff(), 20, SplitMix(state: 7)) == waits(Backoff(), 20, SplitMix(state: 7)))
    #expect(waits(Backoff(), 20, SplitMix(state: 7)) != waits(Backoff(), 20, SplitMix(state: 8)))
  }

  @Test func `after a reset the first ceiling counts again`() {
    var backoff = Backoff(initial: .seconds(1), maximum: .seconds(100))
    var highest = Highest()
    for _ in 0..<5 { _ = backoff.next(using: &highest) }
    backoff.reset()
    #expect(backoff.next(using: &highest) <= .seconds(1))
    #expect(backoff.next(using: &highest) > .seconds(1.9))
  }

  @Test func `a maximum below the initial wait counts from the start`() {
    #expect(waits(Backoff(initial: .seconds(9), maximum: .seconds(2)), 3, Highest()).allSatisfy { $0 <= .seconds(2) })
  }
}
