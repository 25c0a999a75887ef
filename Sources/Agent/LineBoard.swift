import PhoenixChannels
import Synchronization
import Tunnel

/// What an agent's lines are doing, and what is to be drained when the agent stops.
final class LineBoard: Sendable {
  /// A socket's place on the board. A line has one after the other; while the gateway drains one, two.
  struct Place: Sendable, Hashable {
    /// The number of the line, from 0.
    var line: Int
    var serial: Int
  }

  /// A joined channel that serves exchanges.
  struct Serving: Sendable {
    var exchanges: any ExchangeLine
    var channel: Channel
    var socket: PhoenixSocket
    var protocolVersion: Int

    /// Leaves the channel and closes the socket (1000).
    func leave() async {
      try? await channel.leave()
      await socket.close(code: 1000, reason: "")
    }
  }

  private struct State {
    var lines: [LineStatus]
    /// The place that speaks for its line.
    var current: [Int]
    var failures: [Int]
    var serving: [Place: Serving] = [:]
    var lastSerial = 0
    var lastLoss: String?
    var isStopping = false
    var isOver = false
  }

  private let state: Mutex<State>

  init(lines count: Int) {
    state = Mutex(
      State(
        lines: Array(repeating: LineStatus(), count: count), current: Array(repeating: 0, count: count),
        failures: Array(repeating: 0, count: count)))
  }

  var status: AgentStatus {
    state.withLock { state in
      var lines = state.lines
      for (place, serving) in state.serving { lines[place.line].inFlight += serving.exchanges.inFlight }
      var status = AgentStatus(lines: lines)
      status.lastLoss = state.lastLoss
      if state.isStopping { status.phase = .stopping }
      if state.isOver { status.phase = .stopped }
      return status
    }
  }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// A new attempt of a line, which speaks for the line from now on.
  func newPlace(line: Int) -> Place {
    state.withLock { state in
      state.lastSerial += 1
      state.current[line] = state.lastSerial
      state.lines[line].phase = .dialing
      return Place(line: line, serial: state.lastSerial)
    }
  }

  /// Changes what is told of a line, unless another socket speaks for it now.
  func update(_ place: Place, _ change: (inout LineStatus) -> Void) {
    state.withLock { state in
      if state.current[place.line] == place.serial { change(&state.lines[place.line]) }
    }
  }

  /// A channel is joined. What is told of the line changes, unless another socket speaks for it now.
  /// - Returns: false if the agent stops, so that nothing is to begin any more.
  func begin(_ serving: Serving, at place: Place) -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.serving[place] = serving
      guard state.current[place.line] == place.serial else { return true }
      state.failures[place.line] = 0
      state.lines[place.line].phase = .up
      state.lines[place.line].protocolVersion = serving.protocolVersion
      state.lines[place.line].connections += 1
      return true
    }
  }

  /// A joined channel has ended: its line is not up any more, unless another socket speaks for it now.
  func end(_ place: Place) {
    state.withLock { state in
      state.serving[place] = nil
      if state.current[place.line] == place.serial { state.lines[place.line].phase = .backingOff }
    }
  }

  /// Why a line was lost, or an attempt failed.
  func note(loss: String, at place: Place) {
    state.withLock { state in
      state.lastLoss = loss
      if state.current[place.line] == place.serial { state.lines[place.line].lastLoss = loss }
    }
  }

  /// An attempt of a line failed.
  /// - Returns: how many failed in a row, and the least that did so on any line; 0 if a channel serves exchanges, be it
  ///   of a line that is drained.
  func fail(line: Int) -> (ofLine: Int, leastOfAll: Int) {
    state.withLock { state in
      state.failures[line] += 1
      return (state.failures[line], state.serving.isEmpty ? state.failures.min() ?? 0 : 0)
    }
  }

  /// No further attempt of a line is made.
  func giveUp(line: Int) {
    state.withLock { state in
      state.failures[line] = .max
      state.lines[line].phase = .stopped
    }
  }

  /// The agent stops: no channel begins any more.
  /// - Returns: what serves now.
  func stop() -> [Serving] {
    state.withLock { state in
      state.isStopping = true
      return Array(state.serving.values)
    }
  }

  /// The agent has ended.
  func finish() {
    state.withLock { state in
      state.isOver = true
      for index in state.lines.indices { state.lines[index].phase = .stopped }
    }
  }
}
