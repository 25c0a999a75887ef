/// xoshiro256** 1.0 by D. Blackman and S. Vigna (https://prng.di.unimi.it): random numbers in a few nanoseconds, where a call
/// into the system for each would cost more than what they are for. Not for secrets: who sees some can tell the next.
struct Xoshiro256: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Seeded by the system.
  init() {
    var system = SystemRandomNumberGenerator()
    // A state of nothing but zeros would stay so.
    state = (system.next() | 1, system.next(), system.next(), system.next())
  }

  mutating func next() -> UInt64 {
    let result = Self.rotate(state.1 &* 5, by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotate(state.3, by: 45)
    return result
  }

  private static func rotate(_ number: UInt64, by places: UInt64) -> UInt64 {
    (number << places) | (number >> (64 - places))
  }
}
