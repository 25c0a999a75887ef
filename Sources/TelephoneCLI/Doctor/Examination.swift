import Synchronization
import TelephoneKit

/// Runs steps one after another, each with a deadline, and tells what came of it.
struct Examination {
  /// What a step gets beyond its own deadline, so that it can say itself what it waited for.
  private static let slack = Duration.seconds(1)

  let printer: FindingPrinter
  /// For each wait of a step.
  let timeout: Duration
  let clock = ContinuousClock()
  private(set) var verdicts: [DoctorStep: Finding.Verdict] = [:]

  init(printer: FindingPrinter, timeout: Duration) {
    self.printer = printer
    self.timeout = timeout
  }

  var hasFailures: Bool { verdicts.values.contains(.failed) }

  /// Runs a step, unless one that it stands on failed or was skipped.
  /// - Parameter waits: how many waits it has, one after the other, each with the timeout. Default 1.
  /// - Returns: what the later steps need of it.
  /// - Throws: `CancellationError` when the task is cancelled.
  mutating func examine<Value>(
    _ step: DoctorStep, after earlier: [DoctorStep] = [], waits: Int = 1,
    _ body: @escaping @Sendable () async -> Examined<Value>
  ) async throws -> Value? {
    if let blocker = earlier.first(where: { [.failed, .skipped].contains(verdicts[$0]) }) {
      skip(step, "not tried, because of '\(blocker.rawValue)'")
      return nil
    }
    let began = clock.now
    let limit = timeout * waits
    let examined = await bounded(limit + Self.slack, body)
    try Task.checkCancellation()
    let elapsed = began.duration(to: clock.now)
    let finding =
      examined?.finding ?? .failed("It did not end within \(limit.text).", "Give it longer with --timeout.")
    note(step, finding, elapsed)
    return examined?.value
  }

  /// Says that a step is not tried.
  mutating func skip(_ step: DoctorStep, _ reason: String) { note(step, .skipped(reason), .zero) }

  private mutating func note(_ step: DoctorStep, _ finding: Finding, _ elapsed: Duration) {
    verdicts[step] = finding.verdict
    printer.print(finding, of: step, after: elapsed)
  }

  /// - Returns: `nil` when the time is up. What goes on all the same is cancelled, and not waited for.
  private func bounded<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    let (ends, end) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
    let clock = clock
    let work = Task { end.yield(await body()) }
    let timer = Task {
      if (try? await clock.sleep(for: limit)) != nil { end.yield(nil) }
    }
    defer {
      work.cancel()
      timer.cancel()
    }
    for await value in ends { return value }
    return nil
  }
}
