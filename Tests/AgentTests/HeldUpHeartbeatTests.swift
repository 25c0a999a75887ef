import Agent
import HTTPWire
import NIOCore
import NIOPosix
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// A line that moves a large message answers its heartbeats late, and is not lost for that.
@Suite(.timeLimit(.minutes(1))) struct HeldUpHeartbeatTests {
  /// More than the system holds between the two ends, so that something has left the agent's queue when so much was read.
  private static let step = 6 << 20

  /// Stands between the agent and the gateway. What comes from the agent passes at first, then as much as it is let.
  private struct Narrow: Sendable {
    /// An answer has begun to come, so that all of it is in the agent's queue.
    let hasBegun = Reports<Void>()
    /// How many octets more may pass.
    let allowed = Reports<Int>()
    /// They have passed.
    let passed = Reports<Void>()

    func relay(_ near: RawConnection, to port: Int) async throws {
      let far = try await RawClient.connect(port: port)
      async let back: Void = pass(from: far, to: near)
      var left = 256 << 10
      var told = hasBegun
      while let octets = await near.readSome() {
        try? await far.write(octets)
        left -= octets.readableBytes
        guard left <= 0 else { continue }
        told.send(())
        told = passed
        guard let more = await allowed.next() else { break }
        left = more
      }
      await far.close()
      await near.close()
      await back
    }

    private func pass(from source: RawConnection, to sink: RawConnection) async {
      while let octets = await source.readSome() {
        do { try await sink.write(octets) } catch { break }
      }
      await sink.close()
    }

    func pass(_ octets: Int) async {
      allowed.send(octets)
      _ = await passed.next()
    }
  }

  /// Keeps the system from holding much of what nobody reads.
  private static let narrow: @Sendable (any NIOCore.Channel) throws -> Void = {
    try $0.syncOptions?.setOption(.socketOption(.so_rcvbuf), value: 64 << 10)
  }

  private let narrow = Narrow()
  private let writeTimeout = WebSocketClient.Configuration().writeTimeout
  /// The heartbeats are with the socket.
  private let beats = Reports<Void>()

  /// Runs an agent whose gateway asks for an answer of 32 MiB on its first socket, until the heartbeats are due behind it.
  private func run(
    _ script: @escaping @Sendable (GatewayEnd) async throws -> Void,
    _ body: (_ agent: Agent, _ clock: TestClock) async throws -> Void
  ) async throws {
    var bench = Bench { _ in Response(body: Body(ByteBuffer(repeating: UInt8(ascii: "a"), count: 32 << 20))) }
    bench.date = { [beats] in
      // On the socket's loop it is asked for the time in a heartbeat only.
      if MultiThreadedEventLoopGroup.currentEventLoop != nil { beats.send(()) }
      return now
    }
    let gateway = try await HTTPServer.start(
      .init(), clock: ContinuousClock(), logger: quiet, handler: ScriptedGateway(script))
    let relay = try await RawServer.start(configure: Self.narrow) { [narrow] in
      try await narrow.relay($0, to: gateway.port)
    }
    let agent = try await bench.agent(gateway: relay.port)
    let running = Task { try await agent.run() }
    _ = await narrow.hasBegun.next()
    await move(bench.clock)
    await bench.clock.expire(.seconds(30))
    _ = await beats.next()
    var failure: (any Error)?
    do { try await body(agent, bench.clock) } catch { failure = error }
    running.cancel()
    _ = await running.result
    await relay.stop()
    await gateway.shutdown()
    if let failure { throw failure }
  }

  /// Lets something of the answer pass, so that neither the heartbeats nor the deadline of writes find the queue stuck.
  private func move(_ clock: TestClock) async {
    await clock.untilSomebodySleeps(for: writeTimeout)
    await narrow.pass(Self.step)
  }

  @Test func `while the queue before the heartbeats moves, the line stays`() async throws {
    let answers = Reports<Int>()
    try await run { end in
      let join = try await end.join()
      try await end.ask("large", join)
      answers.send(try await end.receive().json?["body"]?.stringValue?.utf8.count ?? 0)
      try await end.serveToTheEnd()
    } _: { agent, clock in
      for _ in 1...3 {
        await clock.untilSomebodySleeps(for: .seconds(15))
        await move(clock)
        clock.advance(by: .seconds(15))
      }
      // Again: not late.
      await clock.untilSomebodySleeps(for: .seconds(15))
      narrow.allowed.send(.max)
      #expect(await answers.next() == 32 << 20)
      // The heartbeats were answered, so that the next ones are due: more than an interval has passed.
      _ = await beats.next()
      #expect(agent.status.connections == 1)
      #expect(agent.status.losses.isEmpty)
    }
  }

  @Test func `a queue that does not move loses the line`() async throws {
    let joined = Reports<Int>()
    try await run { end in
      let join = try await end.join()
      joined.send(end.number)
      if end.number == 1 { try await end.ask("large", join) }
      try await end.serveToTheEnd()
    } _: { agent, clock in
      #expect(await joined.next() == 1)
      // The deadline of writes is shorter than that of heartbeats, and the system may take something before its first look.
      await clock.expiring(writeTimeout) { #expect(await joined.next() == 2) }
      #expect(agent.status.losses.count == 1)
    }
  }
}
