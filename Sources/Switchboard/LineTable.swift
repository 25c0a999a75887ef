import Synchronization

/// The joined lines of all telephones, by path id. Several on one path take turns.
final class LineTable: Sendable {
  /// Who is to carry a call.
  enum Choice {
    case line(any GatewayLine)
    /// There are lines, and each carries as much as it may.
    case full
    /// There is no line that takes calls.
    case none
  }

  private struct Path {
    var lines: [any GatewayLine] = []
    var turn = 0
  }

  private struct State {
    var paths: [String: Path] = [:]
    var isStopping = false
  }

  private let state = Mutex(State())
  private let arrivals = Mutex<[Int: AsyncStream<Void>.Continuation]>([:])

  /// The number of lines per path id.
  var counts: [String: Int] { state.withLock { $0.paths.mapValues(\.lines.count) } }

  /// The joined lines of every path.
  var all: [any GatewayLine] { state.withLock { $0.paths.values.flatMap(\.lines) } }

  /// Whether no line may be added any more.
  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// - Returns: false if the table is being stopped, so that the line is not taken.
  func add(_ line: any GatewayLine, to pathID: String) -> Bool {
    let isTaken = state.withLock { state in
      if !state.isStopping { state.paths[pathID, default: Path()].lines.append(line) }
      return !state.isStopping
    }
    guard isTaken else { return false }
    for waiter in arrivals.withLock({ Array($0.values) }) { waiter.yield() }
    return true
  }

  func remove(_ line: any GatewayLine, from pathID: String) {
    state.withLock { state in
      state.paths[pathID]?.lines.removeAll { $0 === line }
      if state.paths[pathID]?.lines.isEmpty == true { state.paths[pathID] = nil }
    }
  }

  /// Whether a line of that path takes calls, now or when others have ended.
  func hasLine(for pathID: String) -> Bool {
    state.withLock { $0.paths[pathID]?.lines.contains { $0.readiness != .draining } ?? false }
  }

  /// Waits until a line of that path is joined; returns at once if one is.
  /// - Throws: `CancellationError` if the task is cancelled meanwhile, or the table stopped.
  func untilJoined(_ pathID: String) async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = arrivals.withLock { arrivals in
      let id = (arrivals.keys.max() ?? 0) + 1
      arrivals[id] = continuation
      return id
    }
    defer { arrivals.withLock { _ = $0.removeValue(forKey: id) } }
    var changes = stream.makeAsyncIterator()
    while !hasLine(for: pathID) {
      guard !isStopping, await changes.next() != nil else { throw CancellationError() }
    }
  }

  /// The line whose turn it is, of those that take one more call.
  /// - Parameter other: a line that is not to be chosen.
  func next(for pathID: String, otherThan other: (any GatewayLine)? = nil) -> Choice {
    state.withLock { state in
      guard let path = state.paths[pathID] else { return .none }
      var choice = Choice.none
      for step in 0..<path.lines.count {
        let place = (path.turn + step) % path.lines.count
        let line = path.lines[place]
        guard line !== other else { continue }
        switch line.readiness {
        case .ready:
          state.paths[pathID]?.turn = (place + 1) % path.lines.count
          return .line(line)
        case .full: choice = .full
        case .draining: continue
        }
      }
      return choice
    }
  }

  /// Takes no more lines, tells every telephone that its line is about to go, and closes each socket after the line's last
  /// call.
  /// - Parameter grace: calls that run for longer are cut off.
  func closeAll(code: UInt16, reason: String, grace: Duration, clock: any Clock<Duration>) async {
    let lines = state.withLock { state in
      state.isStopping = true
      return state.paths.values.flatMap(\.lines)
    }
    for waiter in arrivals.withLock({ Array($0.values) }) { waiter.finish() }
    let limit = Task {
      try await clock.sleep(for: grace)
      for line in lines { line.lose() }
    }
    defer { limit.cancel() }
    await withDiscardingTaskGroup { group in
      for line in lines {
        group.addTask {
          await line.drain()
          await line.channel.close(code: code, reason: reason)
        }
      }
    }
  }
}
