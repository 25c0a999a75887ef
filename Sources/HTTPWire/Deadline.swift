/// The error of ``withDeadline(_:clock:_:)`` when the time is up.
package struct DeadlineExceeded: Error, Equatable {
  package init() {}
}

/// Runs `body`, and cancels it when it takes longer than `limit` on `clock`.
///
/// A body that is cancelled is still awaited, so that nothing it made is lost: if it ends with a value after all,
/// that value is returned. `body` must therefore end soon once it is cancelled.
///
/// - Throws: ``DeadlineExceeded`` when the time was up first, else what `body` threw. When the calling task is
///   cancelled, `body` is cancelled and its own error comes through.
package func withDeadline<Value: Sendable>(
  _ limit: Duration,
  clock: any Clock<Duration>,
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: DeadlineOutcome<Value>.self) { group in
    group.addTask {
      do {
        return .ended(.success(try await body()))
      } catch {
        return .ended(.failure(error))
      }
    }
    group.addTask {
      do {
        try await clock.sleep(for: limit)
        return .expired
      } catch {
        return .timerCancelled
      }
    }
    var expired = false
    while let outcome = try await group.next() {
      switch outcome {
      case .ended(.success(let value)):
        group.cancelAll()
        return value
      case .ended(.failure(let error)):
        group.cancelAll()
        throw expired ? DeadlineExceeded() : error
      case .expired:
        expired = true
        group.cancelAll()
      case .timerCancelled:
        continue
      }
    }
    throw DeadlineExceeded()
  }
}

private enum DeadlineOutcome<Value: Sendable>: Sendable {
  case ended(Result<Value, any Error>)
  case expired
  case timerCancelled
}
