import Foundation
import Logging
import PhoenixChannels
import Tunnel

extension LineWork {
  /// Does what the machine says, which is in `state` now.
  func perform(_ actions: [LineMachine.Action], in state: LineMachine.State) {
    let wait = actions.compactMap(\.retryWait).first
    agent.board.update(runner) {
      $0.phase = AgentStatus.Phase(state)
      if let wait { $0.retryAt = agent.date() + wait / .seconds(1) }
      if $0.phase != .backingOff { $0.retryAt = nil }
    }
    for action in actions { perform(action, wait: wait) }
  }

  private func perform(_ action: LineMachine.Action, wait: Duration?) {
    switch action {
    case .dial(let token): dial(token)
    case .cancelDial: cancelDial()
    case .join: join()
    case .serve: serve()
    case .beat:
      start { line, _ in
        await line.socket.beginBeats()
        return await line.beat()
      }
      start { line, serving in await line.beat(on: serving) }
    case .schedule(let timer, let wait): timers.schedule(timer, after: wait)
    case .cancel(let timer): timers.cancel(timer)
    case .drain:
      start { line, serving in
        await line.drain(serving)
        return .drained
      }
    case .abandon: abandon()
    case .leave:
      start { _, serving in
        try? await serving.channel.leave()
        return .left
      }
    case .closeSocket(let code): close(code: code)
    case .replace(let plan, let wait): runner.onReplace(plan, wait)
    case .acknowledged(let heartbeat, let roundTrip): note(heartbeat, roundTrip)
    case .lost(let loss):
      agent.board.note(loss, at: agent.date(), by: runner)
      let isDrained = loss.cause == .drained
      log(
        isDrained ? .info : .warning, isDrained ? "the gateway drains the line" : "no line to the gateway",
        ["cause": "\(loss.sentence)", "kind": "\(loss.cause.label)", "retry_in": Self.text(wait)])
    case .graceOver: log(.warning, "grace is over, the exchanges that still run are cut off", [:])
    case .giveUp(let error):
      if error.kind == .tokenExpired { log(.error, "the token has expired, this line ends", [:]) }
      giveUp(error)
    }
  }

  private func serve() {
    guard let socket, let serving else { return }
    agent.board.begin(serving, of: runner)
    agent.care.linesChanged()
    log(.info, "joined", ["topic": "\(socket.topic)", "protocol": "\(serving.protocolVersion)"])
    start { line, serving in await line.receive(serving) }
  }

  /// The exchanges are cancelled, and end beside the line.
  private func abandon() {
    guard let socket, let serving else { return }
    let board = agent.board
    board.end(serving)
    agent.care.linesChanged()
    exchanges.start(on: socket.socket.executor) {
      await serving.exchanges.abandon()
      board.forget(serving)
    }
  }

  private func note(_ heartbeat: Heartbeat, _ roundTrip: RoundTrip) {
    let now = agent.date()
    agent.board.update(runner) {
      switch heartbeat {
      case .socket: ($0.lastHeartbeat, $0.roundTrip) = (now, roundTrip)
      case .channel: ($0.lastChannelHeartbeat, $0.channelRoundTrip) = (now, roundTrip)
      }
    }
  }

  private func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) {
    var metadata = metadata
    metadata["line"] = "\(runner.line + 1)"
    agent.logger.log(level: level, message, metadata: metadata)
  }

  private static func text(_ wait: Duration?) -> Logger.MetadataValue {
    wait.map { "\(Int($0 / .milliseconds(1)))ms" } ?? "0ms"
  }
}

extension LineMachine.Action {
  /// The wait before the next attempt, this line's or its successor's.
  fileprivate var retryWait: Duration? {
    switch self {
    case .schedule(.retry, let wait), .replace(_, let wait): wait
    default: nil
    }
  }
}
