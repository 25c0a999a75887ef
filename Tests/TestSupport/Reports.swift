/// What one task of a test tells another, in order.
package final class Reports<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let continuation: AsyncStream<Value>.Continuation

  package init() { (stream, continuation) = AsyncStream.makeStream(of: Value.self) }

  package func send(_ value: Value) { continuation.yield(value) }

  /// Waits for the next; `nil` when the task is cancelled. One task waits at a time.
  package func next() async -> Value? {
    for await value in stream { return value }
    return nil
  }

  /// Waits for so many.
  package func next(_ count: Int) async -> [Value] {
    var values: [Value] = []
    while values.count < count, let value = await next() { values.append(value) }
    return values
  }
}
