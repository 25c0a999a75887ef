import Foundation
import PhoenixChannels
import Synchronization
import Tunnel

/// What an agent's lines are doing, and whom to tell when the agent stops.
///
/// Each line of a number has one runner; while the gateway drains it, several. The last one speaks for the line.
final class LineBoard: Sendable {
  private struct State {
    var lines: [LineStatus]
    /// The serial of the runner that speaks for its line.
    var speakers: [Int]
    var failures: [Int]
    var runners: [Int: LineRunner] = [:]
    var serving: [Int: Serving] = [:]
    /// Channels that have ended, with exchanges that have not.
    var ending: [Int: Serving] = [:]
    var lastSerial = 0
    var lastLoss: LineLoss?
    var lastLossAt: Date?
    var losses: [String: Int] = [:]
    var isStopping = false
    var isOver = false
  }

  private let state: Mutex<State>

  init(lines count: Int) {
    state = Mutex(
      State(
        lines: Array(repeating: LineStatus(), count: count), speakers: Array(repeating: 0, count: count),
        failures: Array(repeating: 0, count: count)))
  }

  var status: AgentStatus {
    state.withLock { state in
      var lines = state.lines
      for serving in [state.serving.values, state.ending.values].joined() {
        lines[serving.line].inFlight += serving.exchanges.inFlight
      }
      var status = AgentStatus(lines: lines)
      status.lastLoss = state.lastLoss
      status.lastLossAt = state.lastLossAt
      status.losses = state.losses
      if state.isStopping { status.phase = .stopping }
      if state.isOver { status.phase = .stopped }
      return status
    }
  }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// A channel that serves exchanges, the one that was joined last; `nil`: there is none.
  var servingChannel: Channel? { state.withLock { state in state.serving.max { $0.key < $1.key }?.value.channel } }

  /// A line begins, and speaks for its number from now on. It is told so if the agent stops already.
  func enter(_ runner: LineRunner) {
    let isStopping = state.withLock { state in
      state.runners[runner.serial] = runner
      state.speakers[runner.line] = runner.serial
      return state.isStopping
    }
    if isStopping { runner.stop() }
  }

  /// Lines that wait to dial need not any more: there is another token.
  func tokenChanged() {
    for runner in state.withLock({ Array($0.runners.values) }) { runner.mailbox.send(.tokenChanged) }
  }

  /// A line has ended.
  func leave(_ runner: LineRunner) { state.withLock { $0.runners[runner.serial] = nil } }

  func newSerial() -> Int {
    state.withLock { state in
      state.lastSerial += 1
      return state.lastSerial
    }
  }

  /// Changes what is told of a line, unless another runner speaks for it now.
  func update(_ runner: LineRunner, _ change: (inout LineStatus) -> Void) {
    state.withLock { state in
      if state.speakers[runner.line] == runner.serial { change(&state.lines[runner.line]) }
    }
  }

  /// A channel serves exchanges.
  func begin(_ serving: Serving, of runner: LineRunner) {
    state.withLock { state in
      state.serving[serving.serial] = serving
      state.failures[serving.line] = 0
      guard state.speakers[runner.line] == runner.serial else { return }
      state.lines[runner.line].protocolVersion = serving.protocolVersion
      state.lines[runner.line].connections += 1
    }
  }

  /// A channel has ended; its exchanges are about to.
  func end(_ serving: Serving) {
    state.withLock { state in
      if let serving = state.serving.removeValue(forKey: serving.serial) { state.ending[serving.serial] = serving }
    }
  }

  /// The last exchange of a channel that has ended is over.
  func forget(_ serving: Serving) { state.withLock { $0.ending[serving.serial] = nil } }

  /// A line was lost, or an attempt failed.
  func note(_ loss: LineLoss, at date: Date, by runner: LineRunner) {
    state.withLock { state in
      state.lastLoss = loss
      state.lastLossAt = date
      state.losses[loss.cause.label, default: 0] += 1
      guard state.speakers[runner.line] == runner.serial else { return }
      state.lines[runner.line].lastLoss = loss
      state.lines[runner.line].lastLossAt = date
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
  func giveUp(line: Int) { state.withLock { $0.failures[line] = .max } }

  /// The agent stops: no line begins any more.
  /// - Returns: whether this is the first stop, and all lines.
  func stop() -> (isFirst: Bool, lines: [LineRunner]) {
    state.withLock { state in
      defer { state.isStopping = true }
      return (!state.isStopping, Array(state.runners.values))
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
