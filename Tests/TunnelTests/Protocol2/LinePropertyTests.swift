import Testing

@testable import Tunnel

/// Two engines, 10,000 seeded schedules.
@Suite struct LinePropertyTests {
  static let schedules = 10_000
  static let shards = 8

  @Test(arguments: 0..<shards)
  func `octets come in order and once, credit and memory hold, every stream ends once`(_ shard: Int) {
    var octets = 0
    for seed in stride(from: shard, to: Self.schedules, by: Self.shards) {
      var schedule = LineSchedule(seed: UInt64(seed))
      do {
        try schedule.run()
      } catch {
        Issue.record("seed \(seed): \(error)")
        return
      }
      octets += schedule.octetsRead
    }
    // The schedules are not idle.
    #expect(octets > Self.schedules / Self.shards * 60)
  }

  /// Large enough for parts that are not joined, frames that a message's end cuts, bodies that must wait for their turn.
  @Test(arguments: [100, 500, 4000])
  func `it is so for large frames and bodies, too`(_ scale: Int) {
    var octets = 0
    for seed in 0..<200 {
      var schedule = LineSchedule(seed: UInt64(seed), scale: scale)
      do {
        try schedule.run()
      } catch {
        Issue.record("seed \(seed), scale \(scale): \(error)")
        return
      }
      octets += schedule.octetsRead
    }
    #expect(octets > 200 * 60 * scale)
  }
}
