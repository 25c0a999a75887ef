/// Looks again and again whether something is so. A house is made of processes: what is so in one of them is asked for, since
/// nothing tells of it, and the machine's clock is the only one that all of them go by.
enum Poll {
  /// - Parameters:
  ///   - limit: after so long it is given up.
  ///   - pause: between one look and the next. Default: 5 ms.
  ///   - look: `nil`: not yet.
  /// - Returns: what the look gave; `nil`: nothing in time, or the task was cancelled.
  static func until<Value>(
    within limit: Duration, every pause: Duration = .milliseconds(5), _ look: () async throws -> Value?
  ) async rethrows -> Value? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let value = try await look() { return value }
      guard ContinuousClock.now < deadline, !Task.isCancelled else { return nil }
      try? await Task.sleep(for: pause)
    }
  }

  /// The same for what is so or not.
  /// - Returns: whether it was so in time.
  static func isSo(
    within limit: Duration, every pause: Duration = .milliseconds(5), _ look: () async throws -> Bool
  ) async rethrows -> Bool {
    try await until(within: limit, every: pause) { try await look() ? true : nil } ?? false
  }
}
