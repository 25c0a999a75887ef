import NIOCore
import Synchronization

/// The connections that a server has open, with their tasks.
final class ServerConnections: Sendable {
  private struct State {
    var shut = false
    var tasks: [ObjectIdentifier: (connection: ServerConnection, task: Task<Void, Never>)] = [:]
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: the most at once.
  init(limit: Int) { self.limit = limit }

  /// Starts to serve a connection, on the thread of its event loop. The end of the connection cancels its task. One past
  /// the limit is closed at once.
  func start(_ connection: ServerConnection) {
    let id = ObjectIdentifier(connection)
    let task = state.withLock { state -> Task<Void, Never>? in
      guard !state.shut, state.tasks.count < limit else { return nil }
      let task = Task(executorPreference: connection.executor) {
        await connection.run()
        self.state.withLock { _ = $0.tasks.removeValue(forKey: id) }
      }
      state.tasks[id] = (connection, task)
      return task
    }
    guard let task else { return connection.cut(withReset: false) }
    connection.channel.closeFuture.whenComplete { _ in
      if !connection.isUpgraded { task.cancel() }
    }
  }

  func shutdown() async {
    let open = state.withLock { state in
      state.shut = true
      return Array(state.tasks.values)
    }
    for (connection, task) in open {
      task.cancel()
      connection.cut(withReset: false)
    }
    for (_, task) in open { await task.value }
  }
}
