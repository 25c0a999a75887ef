import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import Testing

@testable import StandardStages

struct GCRATests {
  @Test func `a burst, then one for each interval`() {
    let gcra = GCRA(rate: Rate(2, per: .seconds(1)), burst: 3)
    var full = Duration.zero
    let take = { (milliseconds: Int) in gcra.take(&full, at: .milliseconds(milliseconds)) }
    #expect(take(0) == .init(isAllowed: true, remaining: 2, retryAfter: .zero, untilFull: .milliseconds(500)))
    #expect(take(0).remaining == 1)
    #expect(
      take(0) == .init(isAllowed: true, remaining: 0, retryAfter: .milliseconds(500), untilFull: .milliseconds(1500)))
    #expect(
      take(0) == .init(isAllowed: false, remaining: 0, retryAfter: .milliseconds(500), untilFull: .milliseconds(1500)))
    #expect(
      take(499) == .init(isAllowed: false, remaining: 0, retryAfter: .milliseconds(1), untilFull: .milliseconds(1001)))
    #expect(take(500).isAllowed)
    #expect(!take(999).isAllowed)
    #expect(take(10_000) == .init(isAllowed: true, remaining: 2, retryAfter: .zero, untilFull: .milliseconds(500)))
  }

  @Test(arguments: [7, 27, 52, 90, 1000])
  func `as many remain as are allowed`(count: Int) {
    let gcra = GCRA(rate: Rate(count, per: .seconds(1)), burst: count)
    var full = Duration.zero
    for left in (0..<count).reversed() { #expect(gcra.take(&full, at: .zero).remaining == left) }
    #expect(!gcra.take(&full, at: .zero).isAllowed)
  }

  @Test func `what is refused costs nothing`() {
    let gcra = GCRA(rate: Rate(1, per: .seconds(1)), burst: 1)
    var full = Duration.zero
    #expect(gcra.take(&full, at: .zero).isAllowed)
    for _ in 0..<1000 { #expect(!gcra.take(&full, at: .milliseconds(999)).isAllowed) }
    #expect(gcra.take(&full, at: .seconds(1)).isAllowed)
  }

  @Test(arguments: [
    (Rate(3, per: .seconds(1)), 1), (Rate(7, per: .seconds(60)), 7), (Rate(1000, per: .seconds(3600)), 50),
  ])
  func `in the long run the rate holds, whatever the pattern`(rate: Rate, burst: Int) {
    let gcra = GCRA(rate: rate, burst: burst)
    var random = SeededGenerator(state: 42)
    var full = Duration.zero
    var now = Duration.zero
    var allowed = 0
    for _ in 0..<20_000 {
      now += gcra.interval * Double.random(in: 0...1.5, using: &random)
      if gcra.take(&full, at: now).isAllowed { allowed += 1 }
    }
    #expect(allowed <= Int(now / gcra.interval) + burst)
    #expect(allowed > 10_000)
  }
}

struct RateTableTests {
  @Test func `the idlest key goes first`() {
    var table = RateTable(capacity: 3)
    for key in ["a", "b", "c"] { table.update(key) { $0 = .seconds(9) } }
    table.update("a") { _ in }
    table.update("d") { #expect($0 == .zero) }
    #expect(table.count == 3)
    #expect(!table.contains("b"))
    #expect(table.contains("a") && table.contains("c") && table.contains("d"))
    table.update("b") { #expect($0 == .zero) }
    #expect(!table.contains("c"))
  }

  @Test func `it behaves like a list in the order of use`() {
    var random = SeededGenerator(state: 1)
    for capacity in [1, 2, 5] {
      var table = RateTable(capacity: capacity)
      var model: [(key: String, full: Duration)] = []
      for step in 0..<2000 {
        let key = String(Int.random(in: 0..<8, using: &random))
        let known = model.first { $0.key == key }?.full ?? .zero
        let seen = table.update(key) { full in
          defer { full = .seconds(step) }
          return full
        }
        #expect(seen == known)
        model.removeAll { $0.key == key }
        if model.count == capacity { model.removeFirst() }
        model.append((key, .seconds(step)))
        #expect(table.count == model.count)
      }
    }
  }
}

struct RateLimitTests {
  private let clock = ManualClock()

  private func stage(_ input: OptionInput, id: String = "rate-limit") throws -> RateLimit {
    RateLimit(try options(of: RateLimit.self, input), Harness.context(id, clock: clock))
  }

  private func run(_ stage: RateLimit, _ request: Request = Request()) async throws -> Ran {
    try await Harness(request: [PipelineStep(stage: stage)], clock: clock).run(request)
  }

  @Test func `allowed answers and refusals say what is left`() async throws {
    let stage = try stage(["rate": "6/min", "burst": 2])
    let first = try await run(stage)
    #expect(first.status == 200)
    #expect(first.answer.fields[.rateLimitPolicy] == #""default";q=2;w=20"#)
    #expect(first.answer.fields[.rateLimit] == #""default";r=1;t=10"#)
    #expect(try await run(stage).answer.fields[.rateLimit] == #""default";r=0;t=20"#)
    clock.advance(by: .milliseconds(500))
    let refused = try await run(stage)
    #expect(refused.outcome == Outcome(.refused, status: 429, code: "rate-limited", decidedBy: "rate-limit"))
    // 9.5 s, rounded up.
    #expect(refused.answer.fields[.retryAfter] == "10")
    #expect(refused.answer.fields[values: .rateLimit] == [#""default";r=0;t=20"#])
    clock.advance(by: .milliseconds(9500))
    #expect(try await run(stage).status == 200)
  }

  @Test func `without burst the number of the rate goes at once`() async throws {
    let stage = try stage(["rate": "3/s"])
    #expect(try await run(stage).answer.fields[.rateLimitPolicy] == #""default";q=3;w=1"#)
    #expect(try await run(stage).status == 200)
    #expect(try await run(stage).status == 200)
    #expect(try await run(stage).status == 429)
  }

  @Test func `two stages of one pipeline each say theirs`() async throws {
    let harness = Harness(
      request: [
        PipelineStep(id: "all", stage: try stage(["rate": "100/s", "key": "all"], id: "all")),
        PipelineStep(stage: try stage(["rate": "5/s"])),
      ], clock: clock)
    let fields = try await harness.run(Request()).answer.fields
    #expect(Set(fields[values: .rateLimitPolicy]) == [#""all";q=100;w=1"#, #""default";q=5;w=1"#])
  }

  @Test(arguments: [
    ("client-address", Request(clientAddress: "192.0.2.1"), Request(clientAddress: "192.0.2.2")),
    ("header:X-Key", Request(fields: [.init("X-Key")!: "a"]), Request(fields: [.init("X-Key")!: "b"])),
    ("path", Request(target: "/a?x"), Request(target: "/b?x")),
  ])
  func `each key has its own bucket`(key: String, one: Request, other: Request) async throws {
    let stage = try stage(["rate": "1/h", "key": OptionInput(.scalar(key))])
    #expect(try await run(stage, one).status == 200)
    #expect(try await run(stage, other).status == 200)
    #expect(try await run(stage, one).status == 429)
    #expect(try await run(stage, other).status == 429)
    #expect(stage.keyCount == 2)
  }

  @Test(arguments: ["client-address", "header:X-Key", "claim:sub", "all"])
  func `what nothing is known of shares one bucket`(key: String) async throws {
    let stage = try stage(["rate": "1/h", "key": OptionInput(.scalar(key))])
    #expect(try await run(stage, Request(target: "/a")).status == 200)
    #expect(try await run(stage, Request(target: "/b")).status == 429)
  }

  @Test func `a claim is counted by its value`() async throws {
    struct Login: RequestStage {
      static let name = "login"
      static let summary = "Leaves claims."
      let subject: String
      init(_ options: NoOptions, _ context: StageContext) { subject = "" }
      init(_ subject: String) { self.subject = subject }
      func process(_ exchange: Exchange) async throws -> Decision {
        exchange.values[Claims.self] = Claims(["sub": .text(subject)])
        return .proceed
      }
    }
    let stage = try stage(["rate": "1/h", "key": "claim:sub"])
    for (subject, status) in [("ann", 200), ("bob", 200), ("ann", 429)] {
      let harness = Harness(request: [PipelineStep(stage: Login(subject)), PipelineStep(stage: stage)], clock: clock)
      #expect(try await harness.run(Request()).status == status)
    }
  }

  @Test func `at most max-keys are kept, also long ones in few octets`() async throws {
    let stage = try stage(["rate": "1/h", "key": "path", "max-keys": 2])
    for path in ["/1", "/2", "/3"] { #expect(try await run(stage, Request(target: path)).status == 200) }
    #expect(stage.keyCount == 2)
    // The first was forgotten, the last was not.
    #expect(try await run(stage, Request(target: "/3")).status == 429)
    #expect(try await run(stage, Request(target: "/1")).status == 200)
    let long = String(repeating: "k", count: 100_000)
    #expect(RateKey.bounded(long).utf8.count < 160)
    #expect(RateKey.bounded(long) == RateKey.bounded(long))
    #expect(RateKey.bounded(long) != RateKey.bounded(long + "k"))
  }

  @Test func `of 64 at once exactly the burst goes through`() async throws {
    let stage = try stage(["rate": "1/h", "burst": 10])
    let pipeline = try Harness(request: [PipelineStep(stage: stage)], clock: clock).pipeline()
    let statuses = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<64 {
        group.addTask { await pipeline.run(Request(), id: "\(number)", into: RecordingSink()).status }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.count { $0 == 200 } == 10)
    #expect(statuses.count { $0 == 429 } == 54)
  }

  @Test func `the options`() throws {
    #expect(RateLimit.Options().maxKeys == 100_000)
    #expect(RateLimit.Options().key == .clientAddress)
    #expect(problems(of: RateLimit.self, [:]) == ["the option 'rate' must be given"])
    #expect(problems(of: RateLimit.self, ["rate": "1/s", "burst": 0]).count == 1)
    #expect(problems(of: RateLimit.self, ["rate": "1/s", "key": "header:a b"]).count == 1)
    for name in ["Host", "connection", "Proxy-User"] {
      let found = problems(of: RateLimit.self, ["rate": "1/s", "key": OptionInput(.scalar("header:\(name)"))])
      #expect(found.count == 1)
      #expect(
        found.first?.contains("the field '\(name)' ends at the gateway, and no stage sees it") == true, "\(found)")
    }
    #expect(problems(of: RateLimit.self, ["rate": "1/s", "key": "adress"]).count == 1)
    for text in ["client-address", "header:X-Key", "claim:sub", "path", "all"] {
      #expect(
        try options(of: RateLimit.self, ["rate": "1/s", "key": OptionInput(.scalar(text))]).key.optionText == text)
    }
  }
}
