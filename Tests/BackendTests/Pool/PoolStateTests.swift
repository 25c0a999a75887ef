import Testing

@testable import Backend

struct PoolStateTests {
  private typealias Pool = PoolState<Int, String>

  private final class Loop: Sendable {}
  private static let loops = [Loop(), Loop()].map { ($0, ObjectIdentifier($0)) }
  private static let (a, b) = (loops[0].1, loops[1].1)

  private func pool(_ connections: Int = 2, waiters: Int = 2, idle: Duration = .seconds(4)) -> Pool {
    Pool(bounds: Pool.Bounds(connections: connections, waiters: waiters, idle: idle))
  }

  /// What a lease came to, in a word.
  private func lease(
    _ pool: inout Pool, on loop: ObjectIdentifier? = a, fresh: Bool = false, as waiter: String? = "w",
    _ effects: inout Pool.Effects
  ) -> String {
    switch pool.lease(on: loop, wantsFresh: fresh, waiter: waiter, effects: &effects) {
    case .granted(.use(let id, _)): "use \(id)"
    case .granted(.connect(let id)): "connect \(id)"
    case .waiting(let id): "wait \(id)"
    case .mustWait: "must wait"
    case .tooManyWaiting: "too many"
    case .shutDown: "shut down"
    }
  }

  private func connected(_ pool: inout Pool, _ id: Int, _ connection: Int) -> Bool { pool.connected(id, connection) }
  private func cancel(_ pool: inout Pool, _ id: Int) -> String? { pool.cancel(id) }

  private func grants(_ effects: inout Pool.Effects) -> [String] {
    defer { effects.grants = [] }
    return effects.grants.map { waiter, grant in
      switch grant {
      case .use(let id, _): "\(waiter): use \(id)"
      case .connect(let id): "\(waiter): connect \(id)"
      }
    }
  }

  @Test func `who asks connects up to the bound, then waits up to the bound, then is refused`() {
    var (pool, effects) = (pool(), Pool.Effects())
    #expect(lease(&pool, &effects) == "connect 1")
    #expect(lease(&pool, &effects) == "connect 2")
    #expect(lease(&pool, as: nil, &effects) == "must wait")
    #expect(lease(&pool, as: "x", &effects) == "wait 3")
    #expect(lease(&pool, as: "y", &effects) == "wait 4")
    #expect(lease(&pool, as: "z", &effects) == "too many")
    #expect((pool.slotCount, pool.waiterCount) == (2, 2))
    #expect(connected(&pool, 1, 10))
    #expect(connected(&pool, 2, 20))
    pool.release(2, at: .zero, effects: &effects)
    #expect(grants(&effects) == ["x: use 2"])
    pool.release(1, at: .zero, effects: &effects)
    #expect(grants(&effects) == ["y: use 1"])
    pool.release(1, at: .zero, effects: &effects)
    #expect(pool.idleCount == 1 && effects.close.isEmpty)
  }

  @Test func `the connection that was used last is used first, of the own loop before another's`() {
    var (pool, effects) = (pool(4), Pool.Effects())
    for (id, loop) in [(1, Self.a), (2, Self.a), (3, Self.b)] {
      #expect(lease(&pool, on: loop, &effects) == "connect \(id)")
      #expect(connected(&pool, id, id * 10))
    }
    for id in [1, 2, 3] { pool.release(id, at: .seconds(id), effects: &effects) }
    #expect(lease(&pool, on: Self.a, &effects) == "use 2")
    #expect(lease(&pool, on: Self.a, &effects) == "use 1")
    // Another's only when no new one may be made.
    #expect(lease(&pool, on: Self.a, &effects) == "connect 4")
    #expect(lease(&pool, on: Self.a, &effects) == "use 3")
    // Who runs on no loop takes any.
    #expect(connected(&pool, 4, 40))
    pool.release(4, at: .zero, effects: &effects)
    #expect(lease(&pool, on: nil, &effects) == "use 4")
  }

  @Test func `a slot that becomes free goes to the first in line`() {
    var (pool, effects) = (pool(1), Pool.Effects())
    #expect(lease(&pool, &effects) == "connect 1")
    #expect(lease(&pool, as: "x", &effects) == "wait 2")
    #expect(lease(&pool, as: "y", &effects) == "wait 3")
    // It could not be made: who tried knows, and the next one tries.
    pool.closed(1, effects: &effects)
    #expect(grants(&effects) == ["x: connect 4"])
    #expect(connected(&pool, 4, 40))
    pool.closed(4, effects: &effects)
    pool.closed(4, effects: &effects)
    #expect(grants(&effects) == ["y: connect 5"])
    #expect((pool.slotCount, pool.waiterCount) == (1, 0))
  }

  @Test func `who does not wait any more gets nothing, unless the grant was faster`() {
    var (pool, effects) = (pool(1), Pool.Effects())
    _ = lease(&pool, &effects)
    #expect(lease(&pool, as: "x", &effects) == "wait 2")
    #expect(lease(&pool, as: "y", &effects) == "wait 3")
    #expect(cancel(&pool, 2) == "x")
    #expect(cancel(&pool, 2) == nil)
    #expect(connected(&pool, 1, 10))
    pool.release(1, at: .zero, effects: &effects)
    #expect(grants(&effects) == ["y: use 1"])
    #expect(cancel(&pool, 3) == nil)
  }

  @Test func `who wants a fresh connection gets no kept one`() {
    var (pool, effects) = (pool(1), Pool.Effects())
    #expect(lease(&pool, &effects) == "connect 1")
    #expect(connected(&pool, 1, 10))
    #expect(lease(&pool, fresh: true, as: "f", &effects) == "wait 2")
    #expect(lease(&pool, as: "k", &effects) == "wait 3")
    pool.release(1, at: .zero, effects: &effects)
    #expect(grants(&effects) == ["k: use 1"])
    // Only the one that wants a fresh one is left: the kept one makes room.
    pool.release(1, at: .zero, effects: &effects)
    #expect(effects.close == [10])
    #expect(grants(&effects).isEmpty)
    pool.closed(1, effects: &effects)
    #expect(grants(&effects) == ["f: connect 4"])
    #expect(connected(&pool, 4, 40))
    pool.release(4, at: .zero, effects: &effects)
    effects.close = []
    #expect(lease(&pool, fresh: true, &effects) == "connect 5")
    #expect(effects.close == [40] && pool.slotCount == 1)
  }

  @Test func `what is idle for too long is closed, the oldest first, and keeps its slot until then`() {
    var (pool, effects) = (pool(2), Pool.Effects())
    for id in [1, 2] {
      _ = lease(&pool, &effects)
      #expect(connected(&pool, id, id * 10))
    }
    #expect(pool.nextExpiry == nil)
    pool.release(2, at: .seconds(1), effects: &effects)
    pool.release(1, at: .seconds(2), effects: &effects)
    #expect(pool.nextExpiry == .seconds(5))
    pool.expire(at: .milliseconds(4999), effects: &effects)
    #expect(effects.close.isEmpty)
    pool.expire(at: .seconds(5), effects: &effects)
    #expect(effects.close == [20])
    #expect((pool.slotCount, pool.idleCount) == (2, 1))
    pool.closed(2, effects: &effects)
    // The peer closes an idle one.
    pool.closed(1, effects: &effects)
    #expect((pool.slotCount, pool.idleCount, pool.nextExpiry) == (0, 0, nil))
  }

  @Test func `with no idle time nothing is kept`() {
    var (pool, effects) = (pool(idle: .zero), Pool.Effects())
    _ = lease(&pool, &effects)
    #expect(connected(&pool, 1, 10))
    pool.release(1, at: .zero, effects: &effects)
    #expect(effects.close == [10])
  }

  @Test func `a shut down closes what is open, tells who waits, and takes nothing new`() {
    var (pool, effects) = (pool(3), Pool.Effects())
    for id in [1, 2] {
      _ = lease(&pool, &effects)
      #expect(connected(&pool, id, id * 10))
    }
    pool.release(1, at: .zero, effects: &effects)
    #expect(lease(&pool, on: Self.b, &effects) == "connect 3")
    #expect(lease(&pool, on: Self.b, as: "x", &effects) == "use 1")
    #expect(lease(&pool, on: Self.b, as: "x", &effects) == "wait 4")
    effects = Pool.Effects()
    let waiters = pool.shutDown(effects: &effects)
    #expect(waiters == ["x"])
    #expect(effects.close.sorted() == [10, 20])
    let isUsable = connected(&pool, 3, 30)
    #expect(!isUsable)
    #expect(lease(&pool, &effects) == "shut down")
    effects = Pool.Effects()
    pool.release(2, at: .zero, effects: &effects)
    #expect(pool.idleCount == 0)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `any order of events keeps the bounds, lends nothing twice and forgets nobody`(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let bounds = Pool.Bounds(
      connections: .random(in: 1...4, using: &random), waiters: .random(in: 0...4, using: &random), idle: .seconds(3))
    var pool = Pool(bounds: bounds)
    var (connecting, leased, idle, waiting): (Set<Int>, Set<Int>, Set<Int>, [Int: String]) = ([], [], [], [:])
    var closing: Set<Int> = []
    var now = Duration.zero
    func apply(_ grant: Pool.Grant) {
      switch grant {
      case .use(let id, let connection):
        #expect(connection == id * 10 && !leased.contains(id))
        idle.remove(id)
        leased.insert(id)
      case .connect(let id):
        let isNew = connecting.insert(id).inserted
        #expect(isNew)
      }
    }
    for step in 0..<200 {
      var effects = Pool.Effects()
      now += .milliseconds(Int.random(in: 0...900, using: &random))
      switch Int.random(in: 0..<9, using: &random) {
      case 0...2:
        let loop = [Self.a, Self.b, nil].randomElement(using: &random) ?? nil
        switch pool.lease(
          on: loop, wantsFresh: .random(using: &random), waiter: "\(step)", effects: &effects)
        {
        case .granted(let grant): apply(grant)
        case .waiting(let id): waiting[id] = "\(step)"
        case .tooManyWaiting: #expect(waiting.count == bounds.waiters)
        case .mustWait, .shutDown: Issue.record("a waiter was given, and nobody shut down")
        }
      case 3:
        if let id = connecting.sorted().randomElement(using: &random) {
          connecting.remove(id)
          #expect(connected(&pool, id, id * 10))
          leased.insert(id)
        }
      case 4, 5:
        if let id = leased.sorted().randomElement(using: &random) {
          leased.remove(id)
          pool.release(id, at: now, effects: &effects)
          if effects.close.isEmpty, effects.grants.isEmpty { idle.insert(id) }
        }
      case 6:
        if let id = connecting.union(leased).union(idle).union(closing).sorted().randomElement(using: &random) {
          connecting.remove(id)
          leased.remove(id)
          idle.remove(id)
          closing.remove(id)
          pool.closed(id, effects: &effects)
        }
      case 7:
        if let id = waiting.keys.sorted().randomElement(using: &random) {
          let expected = waiting.removeValue(forKey: id)
          #expect(cancel(&pool, id) == expected)
        }
      default: pool.expire(at: now, effects: &effects)
      }
      for connection in effects.close {
        idle.remove(connection / 10)
        closing.insert(connection / 10)
      }
      for (waiter, grant) in effects.grants {
        let id = try #require(waiting.first { $0.value == waiter }?.key)
        waiting.removeValue(forKey: id)
        apply(grant)
      }
      #expect(pool.slotCount <= bounds.connections)
      #expect(pool.waiterCount == waiting.count && waiting.count <= bounds.waiters)
      #expect(pool.idleCount == idle.count)
      if !waiting.isEmpty { #expect(pool.slotCount == bounds.connections && idle.isEmpty) }
    }
  }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
