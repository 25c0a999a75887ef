import Agent
import PhoenixChannels

/// Many agents with their real machines, one gateway, and a clock that only this moves: what comes to a gateway that was
/// restarted, and when.
struct Herd {
  /// What becomes of the gateway at the time 0.
  struct Restart {
    /// The code that its lines end with; 1006: it was killed. `nil`: it drains them (DRAIN), and they go on serving.
    var code: UInt16?
    /// How long nobody listens.
    var downFor: Duration
  }

  private struct Entry {
    var time: Duration
    var agent: Int
    var event: LineMachine.Event
    /// Of a timer, or of a socket: what is older does not count.
    var number: Int
  }

  private struct Agent {
    var machine: LineMachine
    var latency: Duration
    var timers: [LineMachine.Timer: Int] = [:]
    var socket = 0
  }

  private var queue = EventHeap<Entry> { ($0.time, $0.number) < ($1.time, $1.number) }
  private var agents: [Agent] = []
  private var generator: BackoffTests.SplitMix
  private var lastNumber = 0
  private let restart: Restart
  /// When each dial that the gateway took came.
  private(set) var arrivals: [Duration] = []
  /// When each dial came to a port on which nobody listened.
  private(set) var refusals: [Duration] = []

  init(count: Int, seed: UInt64, restart: Restart) {
    generator = BackoffTests.SplitMix(state: seed)
    self.restart = restart
    for index in 0..<count {
      let machine = LineMachine(terms: .init(), plan: RetryPlan(backoff: Backoff()))
      agents.append(Agent(machine: machine, latency: .milliseconds(Int.random(in: 5...80, using: &generator))))
      // They have come one by one, and have been up for a while.
      add(index, .start, at: .milliseconds(Int.random(in: -50_000...(-35_000), using: &generator)))
    }
  }

  /// Lets time pass from before the restart until all are back, or to `end`.
  mutating func run(until end: Duration) {
    for index in agents.indices {
      let gone = restart.code.map { LineMachine.Event.socketLost(code: $0, reason: "") } ?? .gatewayDrains
      // The last of them is told 50 ms after the first.
      add(index, gone, at: .milliseconds(Int.random(in: 0...50, using: &generator)), number: -1)
    }
    while arrivals.count < 2 * agents.count, let entry = queue.popFirst(), entry.time <= end { handle(entry) }
  }

  private mutating func handle(_ entry: Entry) {
    switch entry.event {
    case .fired(let timer):
      guard agents[entry.agent].timers[timer] == entry.number else { return }
      agents[entry.agent].timers[timer] = nil
    case .dialSucceeded: arrivals.append(entry.time)
    case .dialFailed: refusals.append(entry.time)
    case .socketLost: agents[entry.agent].socket += 1
    case .heartbeatAnswered, .joined:
      guard agents[entry.agent].socket == entry.number else { return }
    default: break
    }
    let actions = agents[entry.agent].machine.handle(entry.event, at: entry.time + .seconds(1000), using: &generator)
    for action in actions { perform(action, of: entry.agent, at: entry.time) }
  }

  private mutating func perform(_ action: LineMachine.Action, of index: Int, at now: Duration) {
    let (latency, socket) = (agents[index].latency, agents[index].socket)
    switch action {
    case .dial:
      let arrival = now + latency
      let isDown = arrival >= .zero && arrival < restart.downFor
      let refusal = LineLoss(.dial(.connectionRefused), "nobody listens")
      add(index, isDown ? .dialFailed(refusal, .again) : .dialSucceeded, at: arrival)
    case .join: add(index, .joined, at: now + latency * 2, number: socket)
    case .beat:
      for heartbeat in Heartbeat.allCases {
        add(index, .heartbeatAnswered(heartbeat, latency * 2), at: now + latency * 2, number: socket)
      }
    case .schedule(let timer, let wait):
      lastNumber += 1
      agents[index].timers[timer] = lastNumber
      add(index, .fired(timer), at: now + wait, number: lastNumber)
    case .cancel(let timer): agents[index].timers[timer] = nil
    case .replace(let plan, let wait):
      agents[index].machine = LineMachine(terms: .init(), plan: plan, firstWait: wait)
      agents[index].timers = [:]
      agents[index].socket += 1
      add(index, .start, at: now)
    default: break
    }
  }

  private mutating func add(_ agent: Int, _ event: LineMachine.Event, at time: Duration, number: Int = 0) {
    queue.insert(Entry(time: time, agent: agent, event: event, number: number))
  }
}

/// A binary heap: the first of its elements is found at once.
struct EventHeap<Element> {
  private var elements: [Element] = []
  private let isBefore: (Element, Element) -> Bool

  init(_ isBefore: @escaping (Element, Element) -> Bool) { self.isBefore = isBefore }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, isBefore(elements[child], elements[(child - 1) / 2]) {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> Element? {
    guard let first = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return first }
    elements[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
        if isBefore(elements[child], elements[least]) { least = child }
      }
      guard least != parent else { return first }
      elements.swapAt(parent, least)
      parent = least
    }
  }
}
