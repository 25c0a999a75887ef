import Agent
import PhoenixChannels
import Testing

/// The machine on long random ways: whatever happens in whatever order, it opens nothing twice and leaves nothing open.
@Suite struct LineWalkTests {
  /// What a driver would have open.
  private struct World {
    var isDialing = false
    var isOpen = false
    var isJoining = false
    var isServing = false
    var timers: Set<LineMachine.Timer> = []
    var hasGivenUp = false
    var faults: [String] = []

    /// What can happen now, besides a stop.
    func events(_ all: [LineMachine.Event]) -> [LineMachine.Event] {
      all.filter { event in
        switch event {
        case .start, .stop, .stopNow: false
        case .tokenChanged: true
        case .dialSucceeded, .dialFailed, .tokenExpired: isDialing
        case .joined, .joinFailed: isJoining
        case .socketLost: isOpen
        case .fired(let timer): timers.contains(timer)
        default: isServing
        }
      }
    }

    mutating func take(_ event: LineMachine.Event) {
      switch event {
      case .dialSucceeded: (isDialing, isOpen) = (false, true)
      case .dialFailed, .tokenExpired: isDialing = false
      case .joined, .joinFailed: isJoining = false
      case .socketLost: isOpen = false
      case .fired(let timer): timers.remove(timer)
      default: break
      }
    }

    mutating func perform(_ action: LineMachine.Action) {
      if hasGivenUp { faults.append("\(action) after it was given up") }
      switch action {
      case .dial:
        if isDialing || isOpen || isServing { faults.append("dials beside another") }
        isDialing = true
      case .cancelDial: isDialing = false
      case .join:
        if !isOpen || isJoining || isServing { faults.append("joins without a free socket") }
        isJoining = true
      case .serve:
        if isServing { faults.append("serves twice") }
        isServing = true
      case .abandon: isServing = false
      case .closeSocket: (isOpen, isJoining) = (false, false)
      case .schedule(let timer, let wait):
        if wait < .zero { faults.append("a wait below zero") }
        timers.insert(timer)
      case .cancel(let timer): timers.remove(timer)
      case .beat, .drain, .leave:
        if !isServing, action != .leave { faults.append("\(action) without a channel") }
      case .giveUp: hasGivenUp = true
      case .replace, .acknowledged, .lost, .graceOver: break
      }
    }

    var isClean: Bool { !isDialing && !isOpen && !isJoining && !isServing && timers.isEmpty }
  }

  @Test func `nothing is opened twice, and nothing is left open`() {
    var choices = BackoffTests.SplitMix(state: 11)
    let all = LineMachineBench.events.map(\.event)
    var ends = 0
    for _ in 0..<3000 {
      var (bench, world, now) = (LineMachineBench(), World(), Duration.zero)
      func handle(_ event: LineMachine.Event) {
        world.take(event)
        for action in bench.handle(event, at: now) { world.perform(action) }
      }
      handle(.start)
      for _ in 0..<60 where bench.machine.state != .stopped {
        now += .milliseconds(Int.random(in: 0...20_000, using: &choices))
        let isStop = Int.random(in: 0..<40, using: &choices) == 0
        if isStop {
          handle(.stop)
        } else if let event = world.events(all).randomElement(using: &choices) {
          handle(event)
        }
      }
      if bench.machine.state == .stopped { ends += 1 }
      handle(.stopNow)
      #expect(bench.machine.state == .stopped)
      #expect(world.isClean, "\(world)")
      #expect(world.faults.isEmpty, "\(world.faults)")
      #expect(bench.handle(.start).isEmpty)
    }
    #expect(ends > 1000)
  }
}
