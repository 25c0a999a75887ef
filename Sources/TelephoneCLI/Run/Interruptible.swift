import Logging

/// Work that Ctrl-C, SIGTERM and SIGHUP cancel, so that it ends what it has begun.
enum Interruptible {
  /// - Parameter limit: how long it may take to end after the signal.
  /// - Throws: `CancellationError` after a signal, or what `body` throws.
  static func run<Value: Sendable>(
    limit: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let signals = ProcessSignals(
      drainLimit: limit, logger: Logger(label: "signals") { _ in SwiftLogNoOpLogHandler() })
    signals.start()
    return try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask {
        for await _ in signals.requests { break }
        throw CancellationError()
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }
}
