/// What the self-check and the demo's backend tell each other, so that neither has to guess with a pause.
struct DemoSignals: Sendable {
  /// The client has the first event: the second may be sent.
  let firstEventCame = DemoSignal()
  /// The request for `/wait` was cancelled.
  let waitWasCancelled = DemoSignal()
}

/// Given once, awaited once.
struct DemoSignal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1)) }

  func give() { continuation.yield() }

  /// - Throws: `CancellationError`.
  func wait() async throws {
    for await _ in stream { return }
    throw CancellationError()
  }
}
