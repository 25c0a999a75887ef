import Testing

@testable import chaos

struct FaultPlanTests {
  @Test func `the same seed plans the same, and another one something else`() {
    let plan = FaultPlan(seed: 1, losses: 100, lines: 2)
    #expect(plan == FaultPlan(seed: 1, losses: 100, lines: 2))
    #expect(plan != FaultPlan(seed: 2, losses: 100, lines: 2))
  }

  @Test(arguments: [1, 2, 5], [1, 10, 90, 200])
  func `a plan has the losses that were asked for`(lines: Int, losses: Int) {
    let plan = FaultPlan(seed: 3, losses: losses, lines: lines)
    #expect((losses..<losses + lines).contains(plan.losses))
    #expect(plan.faults.reduce(0) { $0 + $1.losses(of: lines) } == plan.losses)
  }

  @Test func `each kind of fault comes in a long plan, in its own time`() {
    let plan = FaultPlan(seed: 4, losses: 200, lines: 1)
    for kind in Fault.Kind.allCases {
      let faults = plan.faults.filter { $0.kind == kind }
      #expect(!faults.isEmpty, "\(kind)")
      for fault in faults {
        #expect(kind.holds.contains(Int(fault.hold / .milliseconds(1))), "\(fault)")
        #expect(fault.hitsAll)
      }
    }
  }

  @Test func `tokens are refused once, before all else`() {
    let plan = FaultPlan(seed: 5, losses: 300, lines: 1)
    #expect(plan.faults.indices.filter { plan.faults[$0].kind == .tokensRefused } == [0])
  }

  @Test func `only some faults can hit one line of several`() {
    let plan = FaultPlan(seed: 6, losses: 500, lines: 3)
    #expect(plan.faults.allSatisfy { $0.hitsAll || $0.kind.canHitOne })
    #expect(plan.faults.contains { !$0.hitsAll })
  }
}
