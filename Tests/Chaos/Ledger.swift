/// What began and ended at the clients, the gateway, the agent and the backend. Pure: times are given, in a run's own time.
struct Ledger: Sendable {
  /// How an exchange ended for its client.
  enum End: Sendable, Hashable {
    /// 200, and every octet right.
    case whole
    /// Another status, whole.
    case refused(Int)
    /// The connection ended before the answer did; what its client knows of why.
    case broken(String)
    /// There was no connection to be had.
    case unreachable
    /// The client left of its own will.
    case left
    /// 200, reported as complete, and not what it must be.
    case wrong(String)
    /// Nothing for far too long.
    case hung
  }

  struct Call: Sendable, Equatable {
    var id: Int
    var kind: ExchangeKind
    var began: Duration
  }

  /// An exchange that did not end as its client wanted.
  struct Failure: Sendable, Equatable {
    var call: Call
    var end: End
    var ended: Duration
  }

  /// A time in which something was broken on purpose.
  struct Window: Sendable, Equatable {
    var cause: String
    var from: Duration
    /// `nil` while it lasts.
    var to: Duration?
  }

  /// One process of the gateway, from start to end.
  struct GatewayLife: Sendable, Equatable {
    /// `nil`: it was killed, and what it knew went with it.
    var counts: GatewayCounts?
    /// What the agent counted meanwhile.
    var agent: AgentCounts
  }

  /// One process of the agent, at its end.
  struct AgentLife: Sendable, Equatable {
    var counts: AgentCounts
  }

  // Clients.
  private(set) var open: [Int: Call] = [:]
  private(set) var began = 0
  private(set) var ends: [End: Int] = [:]
  private(set) var failures: [Failure] = []
  private(set) var endedTwice: [Int] = []
  private(set) var whole: Set<Int> = []
  private var kinds: [Int: ExchangeKind] = [:]

  // Backends.
  /// How often a backend saw each id.
  private(set) var seen: [Int: Int] = [:]
  private(set) var backendOpen: [Int: [Int]] = [:]
  private(set) var backendEndedUnbegun: [Int] = []
  private(set) var backendWhole = 0
  private(set) var backendCut = 0
  private(set) var backendLost = 0
  private(set) var complaints: [String] = []

  // The rest of the house.
  private(set) var windows: [Window] = []
  private(set) var gatewayLives: [GatewayLife] = []
  private(set) var agentLives: [AgentLife] = []
  /// Lines that were lost, and those that were to be.
  private(set) var losses = (observed: 0, planned: 0)

  // MARK: Clients

  mutating func began(_ id: Int, _ kind: ExchangeKind, at now: Duration) {
    began += 1
    kinds[id] = kind
    open[id] = Call(id: id, kind: kind, began: now)
  }

  mutating func ended(_ id: Int, _ end: End, at now: Duration) {
    guard let call = open.removeValue(forKey: id) else { return endedTwice.append(id) }
    ends[end, default: 0] += 1
    switch end {
    case .whole: whole.insert(id)
    case .left: break
    default: failures.append(Failure(call: call, end: end, ended: now))
    }
  }

  // MARK: Backends

  mutating func backendBegan(_ id: Int, life: Int) {
    seen[id, default: 0] += 1
    backendOpen[life, default: []].append(id)
  }

  mutating func backendEnded(_ id: Int, life: Int, isWhole: Bool) {
    guard let place = backendOpen[life]?.firstIndex(of: id) else { return backendEndedUnbegun.append(id) }
    backendOpen[life]?.remove(at: place)
    if isWhole { backendWhole += 1 } else { backendCut += 1 }
  }

  mutating func backendComplained(_ id: Int, _ words: String) { complaints.append("\(id): \(words)") }

  /// A backend was killed: what it had begun has ended with it.
  mutating func backendKilled(life: Int) { backendLost += backendOpen.removeValue(forKey: life)?.count ?? 0 }

  // MARK: Faults

  mutating func begin(_ cause: String, at now: Duration) { windows.append(Window(cause: cause, from: now)) }

  /// All that was broken is whole again.
  mutating func settled(at now: Duration) {
    for place in windows.indices where windows[place].to == nil { windows[place].to = now }
  }

  mutating func gatewayEnded(_ life: GatewayLife) { gatewayLives.append(life) }

  mutating func agentEnded(_ life: AgentLife) { agentLives.append(life) }

  mutating func lost(_ observed: Int, of planned: Int) {
    losses.observed += observed
    losses.planned += planned
  }

  /// What an exchange was; `nil`: no client began it.
  func kind(of id: Int) -> ExchangeKind? { kinds[id] }
}
