import Foundation
import KeySets

/// Gateway, agent and backend as processes of their own, with a proxy on each side of the agent. One task uses it.
final class House {
  /// How long a process has to say that it is there.
  private static let startLimit: Duration = .seconds(30)

  let shape: HouseShape
  let book: LedgerBook
  let proxy: FaultProxy
  let backendProxy: FaultProxy
  let gatewayPort: Int
  private(set) var gateway: ChildProcess
  private(set) var backend: ChildProcess
  private(set) var agent: ChildProcess
  private(set) var probe: AgentProbe
  private let builder: HouseBuilder
  private let backendPort: Int
  private var backendLife = 1
  /// What the agents before this one have counted.
  private var agentsBefore = AgentCounts()
  /// What the agents had counted when this life of the gateway began.
  private var agentAtStart = AgentCounts()

  /// Starts all, and returns when every line is up.
  static func open(_ shape: HouseShape, telephone: String, folder: String, book: LedgerBook) async throws -> House {
    let builder = try HouseBuilder(shape: shape, telephone: telephone, folder: folder, book: book)
    let gateway = try builder.gateway(port: 0)
    let gatewayPort = try await builder.port(of: gateway, within: startLimit)
    let backend = try builder.backend(port: 0, life: 1)
    let backendPort = try await builder.port(of: backend, within: startLimit)
    let proxy = try await FaultProxy.start(to: gatewayPort, knowsFrames: true)
    let backendProxy = try await FaultProxy.start(to: backendPort, knowsFrames: false)
    let (agent, probe) = try await builder.agent(gateway: proxy.port, backend: backendProxy.port)
    let house = House(builder, (proxy, backendProxy), (gateway, gatewayPort), (backend, backendPort), (agent, probe))
    try await house.untilUp(connections: shape.lines)
    return house
  }

  private init(
    _ builder: HouseBuilder, _ proxies: (FaultProxy, FaultProxy), _ gateway: (ChildProcess, Int),
    _ backend: (ChildProcess, Int), _ agent: (ChildProcess, AgentProbe)
  ) {
    self.builder = builder
    shape = builder.shape
    book = builder.book
    (proxy, backendProxy) = proxies
    (self.gateway, gatewayPort) = gateway
    (self.backend, backendPort) = backend
    (self.agent, probe) = agent
  }

  /// What all agents of this house have counted.
  func agentCounts() async throws -> AgentCounts { agentsBefore + (try await counts()) }

  /// What the gateway knows now; `nil`: it does not answer.
  func gatewayCounts(within limit: Duration = .seconds(5)) async -> GatewayCounts? {
    await gateway.ask("counts", for: "counts", within: limit).flatMap(GatewayCounts.init(line:))
  }

  /// Waits until every line is up, and lines were up so often in all.
  /// - Throws: ``ChaosProblem`` if they are not in time.
  func untilUp(connections: Int, within limit: Duration = Pace.upAgainLimit * 3) async throws {
    var last = AgentCounts()
    let isUp = try await Poll.isSo(within: limit) {
      try Task.checkCancellation()
      if let now = try? await agentCounts() {
        if now.isUp, now.connections >= connections { return true }
        last = now
      }
      if let status = agent.status { throw ChaosProblem("The agent ended by itself (status \(status)).") }
      return false
    }
    guard !isUp else { return }
    throw ChaosProblem(
      "The lines are not up again after \(limit): \(last.lines.map(\.phase)), \(last.connections) of \(connections) joins."
    )
  }

  /// Waits until agent and gateway agree about the lines that there are.
  func untilSettled() async throws {
    var lines = -1
    let isSettled = await Poll.isSo(within: .seconds(12), every: .milliseconds(10)) {
      lines = await gatewayCounts()?.lines ?? -1
      guard lines == shape.lines else { return false }
      return (try? await agentCounts())?.isUp == true
    }
    guard !isSettled else { return }
    try Task.checkCancellation()
    throw ChaosProblem("The gateway has \(lines) lines, the agent \(shape.lines).")
  }

  /// Waits until no exchange runs on the agent.
  func untilIdle(within limit: Duration = .seconds(10)) async throws -> AgentCounts {
    var now = AgentCounts()
    _ = try await Poll.isSo(within: limit) {
      now = try await counts()
      return now.exchanges == now.ended && now.inFlight == 0
    }
    try Task.checkCancellation()
    return now
  }

  private func counts() async throws -> AgentCounts {
    do {
      return try await probe.counts()
    } catch {
      if let status = agent.status { throw ChaosProblem("The agent ended by itself (status \(status)).") }
      throw error
    }
  }

  // MARK: What can be done to it

  /// Ends the gateway, in order (SIGTERM) or not (SIGKILL), and writes down what it and the agent had counted.
  func endGateway(_ signal: Int32) async throws {
    gateway.signal(signal)
    guard await gateway.ended(within: .seconds(15)) != nil else {
      throw ChaosProblem("The gateway does not end after \(signal == SIGTERM ? "SIGTERM" : "SIGKILL").")
    }
    let counts = signal == SIGTERM ? gateway.latest("counts").flatMap(GatewayCounts.init(line:)) : nil
    _ = try await untilIdle()
    let agents = try await agentCounts()
    let life = Ledger.GatewayLife(counts: counts, agent: agents.since(agentAtStart))
    agentAtStart = agents
    book.note { ledger, _ in ledger.gatewayEnded(life) }
  }

  func startGateway() async throws {
    gateway = try builder.gateway(port: gatewayPort)
    _ = try await builder.port(of: gateway, within: Self.startLimit)
  }

  func endBackend(_ signal: Int32) async throws {
    backend.signal(signal)
    guard await backend.ended(within: .seconds(15)) != nil else { throw ChaosProblem("The backend does not end.") }
    if signal == SIGKILL { book.note { [backendLife] ledger, _ in ledger.backendKilled(life: backendLife) } }
  }

  func startBackend() async throws {
    backendLife += 1
    backend = try builder.backend(port: backendPort, life: backendLife)
    _ = try await builder.port(of: backend, within: Self.startLimit)
  }

  /// Ends the agent in order, and writes down what it had counted.
  func endAgent() async throws {
    let counts = try await untilIdle()
    agent.signal(SIGTERM)
    let status = await agent.ended(within: .seconds(15))
    guard status == 0 else {
      throw ChaosProblem("The agent does not exit 0 after SIGTERM, but \(status.map { "\($0 >> 8)" } ?? "runs on").")
    }
    agentsBefore = agentsBefore + counts
    book.note { ledger, _ in ledger.agentEnded(.init(counts: counts)) }
  }

  func startAgent() async throws {
    (agent, probe) = try await builder.agent(gateway: proxy.port, backend: backendProxy.port)
  }

  /// Ends all of it: the agent first, then gateway and backend, each in order.
  func close() async throws {
    try await endAgent()
    // The agent is gone; what it counted is known.
    let agents = agentsBefore
    gateway.signal(SIGTERM)
    _ = await gateway.ended(within: .seconds(15))
    let counts = gateway.latest("counts").flatMap(GatewayCounts.init(line:))
    let life = Ledger.GatewayLife(counts: counts, agent: agents.since(agentAtStart))
    book.note { ledger, _ in ledger.gatewayEnded(life) }
    try await endBackend(SIGTERM)
    await abandon()
  }

  /// Ends all of it at once.
  func abandon() async {
    for child in [agent, gateway, backend] { await child.end() }
    await proxy.stop()
    await backendProxy.stop()
  }
}
