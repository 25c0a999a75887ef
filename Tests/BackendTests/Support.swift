import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// Runs `body` with a client whose backend is a script, and shuts both down.
func withBackend(
  limits: BackendLimits = BackendLimits(), clock: any Clock<Duration> = ContinuousClock(),
  configuration: PooledTransport.Configuration = PooledTransport.Configuration(),
  _ script: @escaping @Sendable (RawConnection) async throws -> Void,
  _ body: (BackendClient, Origin) async throws -> Void
) async throws {
  try await RawServer.with(script) { server in
    try await withClient(limits: limits, clock: clock, configuration: configuration) { client in
      try await body(client, Origin(scheme: .http, host: "127.0.0.1", port: server.port))
    }
  }
}

/// Runs `body` with a client, and shuts it down.
func withClient(
  limits: BackendLimits = BackendLimits(), clock: any Clock<Duration> = ContinuousClock(),
  configuration: PooledTransport.Configuration = PooledTransport.Configuration(),
  _ body: (BackendClient) async throws -> Void
) async throws {
  let client = BackendClient(
    transport: try PooledTransport(configuration, clock: clock), limits: limits, clock: clock)
  do {
    try await body(client)
  } catch {
    await client.shutdown()
    throw error
  }
  await client.shutdown()
}

extension PooledTransport.Configuration {
  static func with(connections: Int = 256, waiting: Int = 256, caFile: String? = nil) -> Self {
    var configuration = Self()
    (configuration.maxConnections, configuration.maxWaiting, configuration.caFile) = (connections, waiting, caFile)
    return configuration
  }
}

extension BackendClient {
  /// The code of the failure that a request ends with, in its head or in its body.
  func code(of request: BackendRequest) async -> String? {
    do {
      let response = try await respond(to: request)
      _ = try await response.body.collect(upTo: 1 << 20)
      return nil
    } catch {
      return (error as? Failure)?.code ?? String(describing: error)
    }
  }
}

extension Body {
  var text: String { get async throws { String(buffer: try await collect(upTo: 1 << 24)) } }
}

extension RawConnection {
  /// Reads a request's head.
  func readHead() async throws -> [String] {
    try await read(until: "\r\n\r\n").components(separatedBy: "\r\n").filter { !$0.isEmpty }
  }
}

/// Moves the clock on, a step at a time, until a task has ended.
func advance<Value: Sendable>(
  _ clock: ManualClock, by step: Duration, until task: Task<Value, any Error>
) async throws -> Value {
  let ticker = Task {
    while !Task.isCancelled {
      await Task.yield()
      clock.advance(by: step)
    }
  }
  defer { ticker.cancel() }
  return try await task.value
}

/// A body whose parts a test hands over one by one.
final class FedBody: BodySource {
  private let stream: AsyncThrowingStream<ByteBuffer, any Error>
  private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation

  init() { (stream, continuation) = AsyncThrowingStream.makeStream() }

  func feed(_ text: String) { continuation.yield(ByteBuffer(string: text)) }
  func end(throwing error: (any Error)? = nil) { continuation.finish(throwing: error) }

  func read() async throws -> BodyPart {
    var iterator = stream.makeAsyncIterator()
    guard let bytes = try await iterator.next() else { return .end(trailers: nil) }
    return .bytes(bytes)
  }

  func close() async { continuation.finish() }
}

/// Something that happens once, and that others wait for.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func fire() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}

/// A body that gives parts as long as it is asked, and counts.
final class CountedBody: BodySource {
  private let left: Mutex<Int>
  private let part: ByteBuffer
  private let trailers: HTTPFields?
  private let pulled = Mutex(0)

  init(_ part: ByteBuffer, times: Int = .max, trailers: HTTPFields? = nil) {
    self.part = part
    self.trailers = trailers
    left = Mutex(times)
  }

  /// How many octets were pulled.
  var octets: Int { pulled.withLock { $0 } }

  func read() async throws -> BodyPart {
    let isLeft = left.withLock { left in
      left -= 1
      return left >= 0
    }
    guard isLeft else { return .end(trailers: trailers) }
    pulled.withLock { $0 += part.readableBytes }
    return .bytes(part)
  }
}

/// Counts from 1.
final class Counter: Sendable {
  private let state = Mutex(0)

  var count: Int { state.withLock { $0 } }

  @discardableResult
  func next() -> Int {
    state.withLock { count in
      count += 1
      return count
    }
  }
}

/// Waits until a number stands still while many small exchanges go through the same event loops.
/// - Returns: the number.
func untilStill(_ number: () -> Int, limit: Int, _ client: BackendClient, _ origin: Origin) async throws -> Int {
  var (last, still) = (-1, 0)
  while still < 100 {
    let now = number()
    still = now == last ? still + 1 : 0
    last = now
    guard now < limit else { return now }
    let answer = try await client.respond(to: BackendRequest(origin: origin, target: "/small")).body.text
    guard answer == "ok" else { return .max }
  }
  return last
}
