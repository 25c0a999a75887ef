import NIOCore
import Synchronization
import TestSupport

/// One connection through the proxy: two sockets, and what is done to the octets between them.
final class ProxyLink: Sendable {
  private struct State {
    var faults = LinkFaults()
    var waiters: [CheckedContinuation<Void, Never>] = []
    var isOver = false
  }

  private let agent: RawConnection
  private let gateway: RawConnection
  /// Whether the gateway's octets are WebSocket frames, whose heartbeats can be told apart.
  private let knowsFrames: Bool
  private let state = Mutex(State())

  init(agent: RawConnection, gateway: RawConnection, knowsFrames: Bool) {
    self.agent = agent
    self.gateway = gateway
    self.knowsFrames = knowsFrames
  }

  /// Whether nothing was done to it that its agent gives it up for. Of one that stalls the agent may be gone already.
  var isWell: Bool { state.withLock { !$0.isOver && $0.faults == LinkFaults() } }

  /// Passes octets on until both directions are over.
  func run() async {
    // A stalled link hears of the gateway's end, as a gateway that gave it up ends its side alone.
    let watch = Task {
      await gateway.untilClosed()
      if state.withLock({ $0.faults.stalls }) { end() }
    }
    async let back: Void = passToAgent()
    await passToGateway()
    await back
    watch.cancel()
    end()
    await agent.close()
    await gateway.close()
  }

  func change(_ work: (inout LinkFaults) -> Void) {
    let waiters = state.withLock { state in
      work(&state.faults)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func cut() async {
    end()
    await agent.close()
    await gateway.close()
  }

  func reset() async {
    end()
    await agent.reset()
    await gateway.reset()
  }

  func halfClose(_ direction: LinkFaults.Direction) async {
    switch direction {
    case .toAgent:
      change { $0.dropsToAgent = true }
      await agent.closeOutput()
    case .toGateway:
      change { $0.dropsToGateway = true }
      await gateway.closeOutput()
    }
  }

  private func end() {
    let waiters = state.withLock { state in
      state.isOver = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func passToGateway() async {
    while let octets = await agent.readSome() {
      guard await pass(octets, to: gateway, .toGateway) else { break }
    }
    await over()
  }

  private func passToAgent() async {
    var frames = ServerFrames()
    var held: [(octets: ByteBuffer, due: ContinuousClock.Instant)] = []
    while let octets = await gateway.readSome() {
      guard knowsFrames else {
        guard await pass(octets, to: agent, .toAgent) else { break }
        continue
      }
      var isGood = true
      for piece in frames.take(octets) where isGood {
        let delay = state.withLock { $0.faults.heartbeatDelay }
        if piece.isHeartbeat, delay > .zero {
          held.append((piece.octets, .now + delay))
          continue
        }
        while piece.beginsFrame, isGood, let first = held.first, first.due <= .now {
          held.removeFirst()
          isGood = await pass(first.octets, to: agent, .toAgent)
        }
        if isGood { isGood = await pass(piece.octets, to: agent, .toAgent) }
      }
      guard isGood else { break }
    }
    await over()
  }

  /// One side has ended, and with it the link; a stalled one keeps that to itself.
  private func over() async {
    _ = await mayPass(.toAgent)
    _ = await mayPass(.toGateway)
    end()
    await agent.close()
    await gateway.close()
  }

  /// - Returns: whether the direction goes on.
  private func pass(_ octets: ByteBuffer, to sink: RawConnection, _ direction: LinkFaults.Direction) async -> Bool {
    guard await mayPass(direction) else { return false }
    let faults = state.withLock { $0.faults }
    if faults.delay > .zero { try? await Task.sleep(for: faults.delay) }
    guard await mayPass(direction) else { return false }
    if state.withLock({ $0.faults.drops(direction) }) { return true }
    do {
      if faults.breaksInside, let half = octets.getSlice(at: octets.readerIndex, length: octets.readableBytes / 2) {
        try await sink.write(half)
        await reset()
        return false
      }
      try await sink.write(octets)
      return true
    } catch {
      return false
    }
  }

  /// Waits while the direction is stalled.
  /// - Returns: false if the link is over.
  private func mayPass(_ direction: LinkFaults.Direction) async -> Bool {
    while true {
      let (isOver, stalls) = state.withLock { ($0.isOver, $0.faults.stalls(direction)) }
      if isOver { return false }
      guard stalls else { return true }
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          guard !state.isOver, state.faults.stalls(direction) else { return false }
          state.waiters.append(continuation)
          return true
        }
        if !waits { continuation.resume() }
      }
    }
  }
}
