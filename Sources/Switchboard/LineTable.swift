import Synchronization

/// The joined lines of all telephones, by path id. Several on one path take turns.
final class LineTable: Sendable {
  private struct Path {
    var lines: [GatewayLine] = []
    var turn = 0
  }

  private let paths = Mutex<[String: Path]>([:])
  private let arrivals = Mutex<[Int: AsyncStream<Void>.Continuation]>([:])

  /// The number of lines per path id.
  var counts: [String: Int] { paths.withLock { $0.mapValues(\.lines.count) } }

  func add(_ line: GatewayLine, to pathID: String) {
    paths.withLock { $0[pathID, default: Path()].lines.append(line) }
    for waiter in arrivals.withLock({ Array($0.values) }) { waiter.yield() }
  }

  func remove(_ line: GatewayLine, from pathID: String) {
    paths.withLock { paths in
      paths[pathID]?.lines.removeAll { $0 === line }
      if paths[pathID]?.lines.isEmpty == true { paths[pathID] = nil }
    }
  }

  func hasLine(for pathID: String) -> Bool { paths.withLock { $0[pathID] != nil } }

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

  /// The line whose turn it is; `nil` if none is joined.
  func next(for pathID: String) -> GatewayLine? {
    paths.withLock { paths in
      guard var path = paths[pathID], !path.lines.isEmpty else { return nil }
      let line = path.lines[path.turn % path.lines.count]
      path.turn = (path.turn + 1) % path.lines.count
      paths[pathID] = path
      return line
    }
  }

  func closeAll(code: UInt16, reason: String) async {
    let lines = paths.withLock { $0.values.flatMap(\.lines) }
    await withDiscardingTaskGroup { group in
      for line in lines { group.addTask { await line.close(code, reason) } }
    }
  }
}
