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

  private let paths = Mutex<[String: Path]>([:])
  private let arrivals = Mutex<[Int: AsyncStream<Void>.Continuation]>([:])

  /// The number of lines per path id.
  var counts: [String: Int] { paths.withLock { $0.mapValues(\.lines.count) } }

  func add(_ line: any GatewayLine, to pathID: String) {
    paths.withLock { $0[pathID, default: Path()].lines.append(line) }
    for waiter in arrivals.withLock({ Array($0.values) }) { waiter.yield() }
  }

  func remove(_ line: any GatewayLine, from pathID: String) {
    paths.withLock { paths in
      paths[pathID]?.lines.removeAll { $0 === line }
      if paths[pathID]?.lines.isEmpty == true { paths[pathID] = nil }
    }
  }

  /// Whether a line of that path takes calls, now or when others have ended.
  func hasLine(for pathID: String) -> Bool {
    paths.withLock { $0[pathID]?.lines.contains { $0.readiness != .draining } ?? false }
  }

  /// Waits until a line of that path is joined; returns at once if one is.
  /// - Throws: `CancellationError` if the task is cancelled meanwhile.
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
      guard await changes.next() != nil else { throw CancellationError() }
    }
  }

  /// The line whose turn it is, of those that take one more call.
  /// - Parameter other: a line that is not to be chosen.
  func next(for pathID: String, otherThan other: (any GatewayLine)? = nil) -> Choice {
    paths.withLock { paths in
      guard let path = paths[pathID] else { return .none }
      var choice = Choice.none
      for step in 0..<path.lines.count {
        let place = (path.turn + step) % path.lines.count
        let line = path.lines[place]
        guard line !== other else { continue }
        switch line.readiness {
        case .ready:
          paths[pathID]?.turn = (place + 1) % path.lines.count
          return .line(line)
        case .full: choice = .full
        case .draining: continue
        }
      }
      return choice
    }
  }

  /// Tells every telephone that its line is about to go, then closes the sockets.
  func closeAll(code: UInt16, reason: String) async {
    let lines = paths.withLock { $0.values.flatMap(\.lines) }
    await withDiscardingTaskGroup { group in
      for line in lines {
        group.addTask {
          await line.announceEnd()
          await line.channel.close(code: code, reason: reason)
        }
      }
    }
  }
}
