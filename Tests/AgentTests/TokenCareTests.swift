import Agent
import Foundation
import HTTPTypes
import HTTPWire
import KeySets
import PhoenixChannels
import Synchronization
import TestSupport
import Testing
import TokenVault

/// How an agent gets its next token.
@Suite(.timeLimit(.minutes(1))) struct TokenCareTests {
  private typealias Answer = (status: String, response: JSONValue)

  private let time = TimeOfDay()
  /// What the gateway saw.
  private let seen = Reports<String>()

  private func bench(lines: Int = 1) -> Bench {
    var bench = Bench()
    bench.generator = BackoffTests.Lowest()
    bench.date = { [time] in time.now }
    bench.change = {
      $0.lines = lines
      // No heartbeat comes between the steps of a test.
      $0.heartbeatInterval = .seconds(100_000)
      $0.heartbeatTimeout = .seconds(7)
    }
    return bench
  }

  /// A gateway that gives these answers to requests for a token, one after the other, and closes when there is none left.
  private func gateway(_ answers: [Answer]) -> @Sendable (GatewayEnd) async throws -> Void {
    let count = Mutex(0)
    return { [seen] end in
      try await end.join()
      seen.send("joined with \(try Self.identity(of: end.target))")
      while let message = try? await end.receive() {
        switch message.event {
        case "refresh_token":
          seen.send("asked")
          let number = count.withLock { count in
            count += 1
            return count
          }
          guard number <= answers.count else { return await end.socket.close(code: 1012, reason: "") }
          try await end.reply(to: message, answers[number - 1].status, answers[number - 1].response)
        case "heartbeat", "phx_leave": try await end.reply(to: message)
        default: break
        }
      }
    }
  }

  /// The `jti` of the token in a dial's target.
  private static func identity(of target: String) throws -> String {
    let query = target.split(separator: "?").last ?? ""
    let token = query.split(separator: "&").first { $0.hasPrefix("token=") }?.dropFirst(6)
    return try AgentToken(String(token ?? "")).id
  }

  /// What a gateway hands out at `seconds` of the test, living for an hour.
  private func next(_ id: String, at seconds: TimeInterval = 0) throws -> Answer {
    ("ok", ["token": .string(try token(id: id, issuedAt: now.addingTimeInterval(seconds)).rawValue)])
  }

  /// Lets time go on to the next refresh of a token that is held, when no line is on its way: one whose join is not
  /// answered yet would be lost by that.
  /// - Parameters:
  ///   - start: since when it is held.
  ///   - failures: requests that failed since then.
  private func untilRefresh(_ agent: Agent, _ clock: TestClock, since start: Date = now, failures: Int = 0) async {
    while !agent.status.lines.allSatisfy({ [.up, .backingOff].contains($0.phase) }) { await Task.yield() }
    var (schedule, lowest) = (RefreshSchedule(), BackoffTests.Lowest())
    let held = agent.vault.current
    _ = schedule.hold(issuedAt: held.issuedAt, expiresAt: held.expiresAt, at: start, using: &lowest)
    _ = schedule.line(isUp: true, at: start)
    for _ in 0..<failures {
      _ = schedule.wake(at: schedule.nextRefresh ?? start)
      _ = schedule.failed(at: time.now, using: &lowest)
    }
    let wait = (schedule.nextRefresh ?? start).timeIntervalSince(time.now)
    // It looks at the time of day at least so often.
    let sleep = min(wait, RefreshSchedule.longestSleep)
    await clock.untilSomebodySleeps(for: .seconds(sleep))
    time.advance(by: wait)
    clock.advance(by: .seconds(sleep))
  }

  @Test func `a channel that crashes while a token is asked for brings the old one into no log`() async throws {
    let book = LogBook()
    var bench = bench()
    bench.logger = book.logger
    let token = try token().rawValue
    try await bench.run { [seen] end in
      let join = try await end.join()
      seen.send("joined")
      while let message = try? await end.receive(), message.event != "refresh_token" {}
      try await end.push("phx_error", ["reason": .string("bad \(token)")], joinRef: join.ref, ref: join.ref)
      while (try? await end.receive()) != nil {}
    } _: { agent, _ in
      #expect(await seen.next() == "joined")
      await untilRefresh(agent, bench.clock)
      while !book.text.contains("could not be refreshed") { await Task.yield() }
      #expect(!book.text.contains(token))
      #expect(book.text.contains("bad ‹token›"))
    }
  }

  @Test func `at half of its life the token is refreshed once, and later dials show the new one`() async throws {
    let bench = bench(lines: 2)
    try await bench.run(gateway([try next("second", at: 1710)])) { agent, _ in
      #expect(await seen.next(2) == ["joined with j", "joined with j"])
      await untilRefresh(agent, bench.clock)
      #expect(await seen.next() == "asked")
      while agent.vault.current.id != "second" { await Task.yield() }
      #expect(agent.vault.origin == .refresh)
      #expect(agent.isReady)
      // The next request closes its socket, and that line dials anew.
      await untilRefresh(agent, bench.clock, since: time.now)
      #expect(await seen.next() == "asked")
      #expect(await seen.next() == "joined with second")
    }
  }

  @Test func `what cannot be used is said, and the gateway asked again later`() async throws {
    let bench = bench()
    let answers: [Answer] = [
      ("error", ["reason": "refresh_failed"]), ("ok", [:]), ("ok", ["token": "x.y.z"]),
      ("ok", ["token": .string(try token(pathID: "other").rawValue)]), try next("good"),
    ]
    try await bench.run(gateway(answers)) { agent, _ in
      #expect(await seen.next() == "joined with j")
      for failures in 0..<answers.count {
        await untilRefresh(agent, bench.clock, failures: failures)
        #expect(await seen.next() == "asked")
      }
      while agent.vault.current.id != "good" { await Task.yield() }
    }
  }

  @Test func `readiness ends before the token does, and comes back with the next`() async throws {
    let bench = bench()
    try await bench.run(gateway([("error", [:]), try next("late", at: 3590)])) { agent, _ in
      #expect(await seen.next() == "joined with j")
      while !agent.isReady { await Task.yield() }
      await untilRefresh(agent, bench.clock)
      #expect(await seen.next() == "asked")
      // It tries again after 1 s at the soonest.
      await bench.clock.untilSomebodySleeps(for: .seconds(1))
      time.advance(by: 3590 - 1710)
      bench.clock.advance(by: .seconds(1))
      while agent.isReady { await Task.yield() }
      #expect(agent.status.phase == .up)
      #expect(await seen.next() == "asked")
      while !agent.isReady { await Task.yield() }
      #expect(agent.vault.current.id == "late")
    }
  }

  /// A gateway that has forgotten the first token when it was shown once.
  private final class ForgetfulGateway: HTTPServerHandler {
    private let script: @Sendable (GatewayEnd) async throws -> Void
    private let refused: Reports<String>
    private let count = Mutex(0)

    init(_ refused: Reports<String>, _ script: @escaping @Sendable (GatewayEnd) async throws -> Void) {
      self.refused = refused
      self.script = script
    }

    func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
      let target = request.head.target
      let number = count.withLock { count in
        count += 1
        return count
      }
      guard try number == 1 || TokenCareTests.identity(of: target) != "j" else {
        refused.send("refused")
        return try await response.respond(status: 403)
      }
      let socket = try await response.upgrade(fields: [:])
      try? await script(GatewayEnd(number: number, target: target, socket: socket))
    }
  }

  @Test func `a line whose token was refused dials as soon as there is another`() async throws {
    var bench = bench(lines: 2)
    let change = bench.change
    bench.change = {
      change(&$0)
      $0.refusedTokenWait = .seconds(5000)
    }
    let handler = ForgetfulGateway(seen, gateway([try next("second", at: 1710)]))
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: handler)
    let agent = try await bench.agent(gateway: server.port)
    let running = Task { try await agent.run() }
    #expect(Set(await seen.next(2)) == ["joined with j", "refused"])
    // The refusal is with the agent, too: its dial has no limit of time that could pass now.
    while !agent.status.lines.contains(where: { $0.phase == .backingOff }) { await Task.yield() }
    await untilRefresh(agent, bench.clock)
    #expect(await seen.next() == "asked")
    #expect(await seen.next() == "joined with second")
    running.cancel()
    _ = await running.result
    await server.shutdown()
  }

  /// A key set that can be away, with tokens that its key has signed.
  private final class Keys: KeySource {
    /// As ``token(pathID:id:issuedAt:lifetime:)`` makes them, issued at ``now`` and 1710 s later.
    static let (first, second) = (
      "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJzIiwianRpIjoiaiIsInBhdGhfaWQiOiJwIiwiaWF0IjoxMDAwMDAwLCJleHAiOjEwMDM2MDB9."
        + "EAgzh4Cj8izcb3i9ejdBZMYzSK-Uu0TfcdO4PdHjajjnBQZgg70g2xk5GoM-MttBI9uG5A0SZNP1gX1_9I-yBw",
      "eyJhbGciOiJFZERTQSJ9."
        + "eyJzdWIiOiJzIiwianRpIjoic2Vjb25kIiwicGF0aF9pZCI6InAiLCJpYXQiOjEwMDE3MTAsImV4cCI6MTAwNTMxMH0."
        + "r1wzKvvMURdy4XoOBgKzND0nuh1RWwPfEJgiZ0_tkwvFLHlJlZDou7bsRAvouAxaZj_rrVyYMMcEfTXH5W60Cg"
    )

    private let isAway = Mutex(false)

    func beAway(_ isAway: Bool) { self.isAway.withLock { $0 = isAway } }

    func keys() async throws(KeySetError) -> KeySet {
      guard !isAway.withLock({ $0 }) else { throw KeySetError(.unavailable, "The key set is away.") }
      return try KeySet(
        jwks: #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}]}"#)
    }

    func keysAfterMiss(of keyID: String?) async throws(KeySetError) -> KeySet? { nil }
  }

  @Test func `an answer that waits for its keys is used when they come, though the line is lost meanwhile`()
    async throws
  {
    let keys = Keys()
    var bench = bench()
    let change = bench.change
    bench.change = {
      change(&$0)
      $0.refusedTokenWait = .seconds(5000)
    }
    bench.vault = try await TokenVault.open(
      VaultSettings(token: Keys.first, trust: .keySet(keys), store: nil), at: now)
    keys.beAway(true)
    let handler = ForgetfulGateway(seen) { [seen] end in
      try await end.join()
      seen.send("joined with \(try Self.identity(of: end.target))")
      while let message = try? await end.receive() {
        guard message.event == "refresh_token" else { continue }
        try await end.reply(to: message, "ok", ["token": .string(Keys.second)])
        await end.socket.close(code: 1012, reason: "")
      }
    }
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: handler)
    let agent = try await bench.agent(gateway: server.port)
    let running = Task { try await agent.run() }
    #expect(await seen.next() == "joined with j")
    await untilRefresh(agent, bench.clock)
    #expect(await seen.next() == "refused")
    while agent.status.lines.first?.phase != .backingOff { await Task.yield() }
    // The next try is 1 s after the one that failed.
    await bench.clock.untilSomebodySleeps(for: .seconds(1))
    keys.beAway(false)
    time.advance(by: 1)
    bench.clock.advance(by: .seconds(1))
    #expect(await seen.next() == "joined with second")
    running.cancel()
    _ = await running.result
    await server.shutdown()
  }

  @Test func `a token that the store refused is stored when the agent ends`() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/telephone-care-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try StoreSettings(path: folder + "/telephone.db", secret: String(repeating: "s", count: 32))
    let settings = VaultSettings(token: try token().rawValue, trust: .off, store: store)
    var bench = bench()
    // Its folder is not there yet.
    bench.vault = try await TokenVault.open(settings, at: now)
    try await bench.run(gateway([try next("second", at: 1710)])) { agent, _ in
      #expect(await seen.next() == "joined with j")
      await untilRefresh(agent, bench.clock)
      while !agent.vault.isUnstored { await Task.yield() }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }
    let next = try await TokenVault.open(settings, at: now)
    #expect(next.current.id == "second")
    #expect(next.origin == .store)
  }
}
