import Foundation

/// Does to a house what a plan says, and waits until it is whole again.
struct FaultDriver {
  let house: House
  private var book: LedgerBook { house.book }

  init(_ house: House) { self.house = house }

  /// Does one fault.
  /// - Parameter joins: how often lines were up before.
  /// - Returns: how long the lines took to be up again; `nil` for a fault that takes none off.
  /// - Throws: ``ChaosProblem`` if they did not.
  func run(_ fault: Fault, joins: Int) async throws -> Duration? {
    book.note { ledger, now in ledger.begin(fault.kind.rawValue, at: now) }
    let links = links(for: fault)
    let begin = try await breakIt(fault, links)
    let losses = fault.losses(of: house.shape.lines)
    var took: Duration?
    if losses > 0 {
      try await house.untilUp(connections: joins + losses)
      took = ContinuousClock.now - begin
    }
    await mend(fault, links)
    try await house.untilSettled()
    // What was on its way when the fault ended has come, or failed.
    try await Task.sleep(for: .milliseconds(150))
    book.note { ledger, now in ledger.settled(at: now) }
    return took
  }

  /// The connections that a fault is for: all, or the oldest one, so that each has its turn.
  private func links(for fault: Fault) -> [ProxyLink] {
    let links = house.proxy.links.filter(\.isWell)
    return fault.hitsAll ? links : Array(links.prefix(1))
  }

  /// - Returns: the moment from which on the lines can be up again.
  private func breakIt(_ fault: Fault, _ links: [ProxyLink]) async throws -> ContinuousClock.Instant {
    switch fault.kind {
    case .cut: for link in links { await link.cut() }
    case .reset: for link in links { await link.reset() }
    case .resetInsideFrame: for link in links { link.change { $0.breaksInside = true } }
    case .halfCloseToAgent: for link in links { await link.halfClose(.toAgent) }
    case .halfCloseToGateway: for link in links { await link.halfClose(.toGateway) }
    case .stall:
      for link in links {
        link.change {
          $0.stallsToAgent = true
          $0.stallsToGateway = true
        }
      }
    case .stallToAgent: for link in links { link.change { $0.stallsToAgent = true } }
    case .stallToGateway: for link in links { link.change { $0.stallsToGateway = true } }
    case .delay: for link in links { link.change { $0.delay = .seconds(4) } }
    case .heartbeatsLate: for link in links { link.change { $0.heartbeatDelay = .seconds(4) } }
    case .slowLine:
      for link in links { link.change { $0.delay = .milliseconds(5) } }
      try await hold(fault)
    case .dialsReset: return try await badDials(.reset, fault, links)
    case .dialsSilent: return try await badDials(.silent, fault, links)
    case .channelsCrash:
      guard await house.gateway.ask("crash", for: "crashed", within: .seconds(5)) != nil else {
        throw ChaosProblem("The gateway does not answer.")
      }
    case .gatewayFrozen, .gatewayHiccup: return try await freeze(house.gateway, fault)
    case .gatewayKilled, .gatewayRestarted:
      try await house.endGateway(fault.kind == .gatewayKilled ? SIGKILL : SIGTERM)
      try await hold(fault)
      try await house.startGateway()
    case .tokensRefused: return try await refuseTokens(links)
    case .backendFrozen: return try await freeze(house.backend, fault)
    case .backendKilled, .backendRestarted:
      try await house.endBackend(fault.kind == .backendKilled ? SIGKILL : SIGTERM)
      try await hold(fault)
      try await house.startBackend()
    case .backendReset: for link in house.backendProxy.links { await link.reset() }
    case .backendSlow:
      for link in house.backendProxy.links { link.change { $0.delay = .milliseconds(100) } }
      try await hold(fault)
    }
    return .now
  }

  private func mend(_ fault: Fault, _ links: [ProxyLink]) async {
    switch fault.kind {
    case .slowLine: for link in links { link.change { $0.delay = .zero } }
    case .backendSlow: for link in house.backendProxy.links { link.change { $0.delay = .zero } }
    // The agent has given them up; what is left of them goes. The gateway must find out about a stalled one by itself.
    case .stallToAgent, .stallToGateway, .delay, .heartbeatsLate: for link in links { await link.reset() }
    default: break
    }
  }

  /// Lets a fault last as long as the plan says.
  private func hold(_ fault: Fault) async throws { try await Task.sleep(for: fault.hold) }

  private func freeze(_ child: ChildProcess, _ fault: Fault) async throws -> ContinuousClock.Instant {
    child.signal(SIGSTOP)
    // A process that was started to be ended must not stay frozen.
    defer { child.signal(SIGCONT) }
    try await hold(fault)
    return .now
  }

  private func badDials(
    _ dials: FaultProxy.Dials, _ fault: Fault, _ links: [ProxyLink]
  ) async throws -> ContinuousClock.Instant {
    await house.proxy.setDials(dials)
    for link in links { await link.reset() }
    try await hold(fault)
    await house.proxy.setDials(.pass)
    return .now
  }

  /// An agent whose token is refused waits for minutes, and says what to do. It is done here: it is started anew.
  private func refuseTokens(_ links: [ProxyLink]) async throws -> ContinuousClock.Instant {
    await house.proxy.setDials(.refuseToken)
    for link in links { await link.reset() }
    let isTold = try await Poll.isSo(within: .seconds(10), every: .milliseconds(10)) {
      try await house.probe.counts().losses?["token_refused", default: 0] ?? 0 >= house.shape.lines
    }
    guard isTold else { throw ChaosProblem("The agent does not say that its token was refused.") }
    try await house.endAgent()
    await house.proxy.setDials(.pass)
    let begin = ContinuousClock.now
    try await house.startAgent()
    return begin
  }
}
