/// Which faults come, in which order and for how long. A seed decides all of it.
///
/// Kinds are dealt as cards of shuffled decks, so that each kind comes as often as its weight says, and none is left out.
struct FaultPlan: Sendable, Equatable {
  let faults: [Fault]
  /// The line losses that the faults cause.
  let losses: Int

  /// - Parameters:
  ///   - losses: at least so many line losses are planned, and at most `lines` - 1 more.
  ///   - lines: how many lines the agent keeps up.
  init(seed: UInt64, losses wanted: Int, lines: Int) {
    var generator = SeededGenerator(seed: seed)
    var faults: [Fault] = []
    var losses = 0
    var isFirst = true
    while losses < wanted {
      // The first deck has each kind once, so that a short run has many of them.
      var kinds = Self.deck(isFirst ? 1 : nil).shuffled(using: &generator)
      if isFirst { kinds.insert(.tokensRefused, at: 0) }
      for kind in kinds where losses < wanted {
        let fault = Self.fault(kind, lines: lines, using: &generator)
        faults.append(fault)
        losses += fault.losses(of: lines)
      }
      isFirst = false
    }
    self.faults = faults
    self.losses = losses
  }

  /// How often each kind is in a deck.
  static func weight(of kind: Fault.Kind) -> Int {
    switch kind {
    case .cut, .reset, .resetInsideFrame, .channelsCrash: 5
    case .halfCloseToAgent, .halfCloseToGateway, .gatewayKilled, .gatewayRestarted: 3
    case .stallToAgent, .stallToGateway, .heartbeatsLate, .dialsReset: 2
    case .stall, .delay, .dialsSilent, .gatewayFrozen, .slowLine, .gatewayHiccup: 1
    case .backendFrozen, .backendKilled, .backendRestarted, .backendReset, .backendSlow: 2
    // Once, at the beginning: the agent is started anew after it.
    case .tokensRefused: 0
    }
  }

  private static func deck(_ each: Int?) -> [Fault.Kind] {
    Fault.Kind.allCases.flatMap { Array(repeating: $0, count: min(each ?? .max, weight(of: $0))) }
  }

  private static func fault(
    _ kind: Fault.Kind, lines: Int, using generator: inout SeededGenerator
  ) -> Fault {
    Fault(
      kind: kind, hitsAll: lines == 1 || !kind.canHitOne || Bool.random(using: &generator),
      hold: .milliseconds(Int.random(in: kind.holds, using: &generator)),
      rest: .milliseconds(Int.random(in: 150...700, using: &generator)))
  }
}

extension Fault {
  /// The line losses that it causes at an agent with so many lines.
  func losses(of lines: Int) -> Int { kind.losesLines ? (hitsAll ? lines : 1) : 0 }
}
