import Testing

@testable import chaos

/// Each check holds for a run in which all went well, and fails for the one thing that it is for.
struct LedgerTests {
  private static func at(_ seconds: Int) -> Duration { .seconds(seconds) }

  /// A run in which one answer came whole, one was lost with its line, and one client left.
  private static func good() -> Ledger {
    var ledger = Ledger()
    ledger.began(1, .post, at: at(1))
    ledger.backendBegan(1, life: 1)
    ledger.backendEnded(1, life: 1, isWhole: true)
    ledger.ended(1, .whole, at: at(2))
    ledger.began(2, .stream, at: at(3))
    ledger.backendBegan(2, life: 1)
    ledger.begin("cut", at: at(4))
    ledger.backendEnded(2, life: 1, isWhole: false)
    ledger.ended(2, .broken("reset"), at: at(4))
    ledger.settled(at: at(5))
    ledger.began(3, .leaving, at: at(6))
    ledger.backendBegan(3, life: 1)
    ledger.backendEnded(3, life: 1, isWhole: false)
    ledger.ended(3, .left, at: at(7))
    ledger.agentEnded(.init(counts: agent()))
    ledger.gatewayEnded(.init(counts: gateway(), agent: agent()))
    ledger.lost(1, of: 1)
    return ledger
  }

  private static func agent() -> AgentCounts {
    var counts = AgentCounts()
    counts.exchanges = 3
    counts.delivered = 1
    counts.abandoned = 2
    return counts
  }

  private static func gateway() -> GatewayCounts {
    var counts = GatewayCounts()
    counts.began = 3
    counts.answered = 1
    counts.lost = 1
    counts.abandoned = 1
    return counts
  }

  private func failing(_ ledger: Ledger) -> [String] { ledger.checks.filter { !$0.holds }.map(\.name) }

  @Test func `a good run holds`() {
    #expect(failing(Self.good()) == [])
  }

  /// What goes wrong, and the check that says so.
  enum Wrong: String, CaseIterable {
    case staysOpen = "clients: each exchange ended once"
    case agentForgets = "agent: each exchange ended once"
    case gatewayForgets = "gateway: each call ended once"
    case backendForgets = "backend: each request ended once"
    case bodyTwice = "no backend saw a body or an unsafe method twice"
    case wrongOctets = "every complete answer and body is right, octet for octet"
    case failsForNoReason = "nothing failed but what a fault was near"
    case answerFromNowhere = "every answer came from a backend, every request from a client"
    case agentGaveTooMuch = "clients and agent differ by what was lost only"
    case gatewayHadMore = "gateway and agent differ on lost lines only"
    case lineLostUnasked = "lines were lost when they were to be, and never else"

    func happen(to ledger: inout Ledger) {
      switch self {
      case .staysOpen: ledger.began(9, .small, at: at(1))
      case .agentForgets:
        var counts = AgentCounts()
        counts.abandoned = 1
        ledger.agentEnded(.init(counts: counts))
      case .gatewayForgets:
        var counts = gateway()
        counts.began += 1
        ledger.gatewayEnded(.init(counts: counts, agent: agent()))
      case .backendForgets: ledger.backendBegan(2, life: 1)
      case .bodyTwice:
        ledger.backendBegan(1, life: 2)
        ledger.backendEnded(1, life: 2, isWhole: true)
      case .wrongOctets: ledger.backendComplained(1, "wrong octets")
      case .failsForNoReason:
        ledger.began(9, .small, at: at(8))
        ledger.ended(9, .refused(502), at: at(9))
      case .answerFromNowhere:
        ledger.began(9, .small, at: at(8))
        ledger.ended(9, .whole, at: at(9))
        // The agent knows of it.
        var counts = AgentCounts()
        (counts.exchanges, counts.delivered) = (1, 1)
        ledger.agentEnded(.init(counts: counts))
      case .agentGaveTooMuch:
        var counts = AgentCounts()
        (counts.exchanges, counts.delivered) = (9, 9)
        ledger.agentEnded(.init(counts: counts))
      case .gatewayHadMore:
        var counts = gateway()
        (counts.began, counts.answered) = (12, 10)
        ledger.gatewayEnded(.init(counts: counts, agent: agent()))
      case .lineLostUnasked: ledger.lost(1, of: 0)
      }
    }
  }

  @Test(arguments: Wrong.allCases) func `what goes wrong is seen, and nothing else is blamed`(wrong: Wrong) {
    var ledger = Self.good()
    wrong.happen(to: &ledger)
    #expect(failing(ledger) == [wrong.rawValue])
  }

  @Test func `an exchange that ends twice, or hangs, is seen`() {
    var twice = Self.good()
    twice.ended(1, .whole, at: Self.at(8))
    #expect(failing(twice) == [Wrong.staysOpen.rawValue])
    var hung = Self.good()
    hung.began(9, .small, at: Self.at(4))
    hung.ended(9, .hung, at: Self.at(30))
    #expect(failing(hung) == [Wrong.staysOpen.rawValue])
  }

  @Test func `a GET may reach a backend twice`() {
    var ledger = Self.good()
    ledger.backendBegan(2, life: 2)
    ledger.backendEnded(2, life: 2, isWhole: true)
    #expect(failing(ledger) == [])
  }

  @Test func `what a killed backend had begun has ended with it`() {
    var ledger = Self.good()
    ledger.backendBegan(2, life: 3)
    #expect(!failing(ledger).isEmpty)
    ledger.backendKilled(life: 3)
    #expect(failing(ledger) == [])
  }

  @Test func `an exchange that began before a fault and failed after it is explained by it`() {
    var ledger = Self.good()
    ledger.began(9, .upload, at: Self.at(3))
    ledger.ended(9, .broken("reset"), at: Self.at(30))
    #expect(failing(ledger) == [])
  }

  @Test func `a killed gateway cannot tell, and one that can must be among them`() {
    var ledger = Self.good()
    ledger.gatewayEnded(.init(counts: nil, agent: Self.agent()))
    #expect(failing(ledger) == [])
    var untold = Ledger()
    untold.gatewayEnded(.init(counts: nil, agent: Self.agent()))
    #expect(failing(untold).contains(Wrong.gatewayForgets.rawValue))
  }
}
