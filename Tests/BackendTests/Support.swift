import Foundation
import HTTPTypes
import NIOCore
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// Runs `body` with a client whose backend is a script, and shuts both down.
func withBackend(
  limits: BackendLimits = BackendLimits(),
  _ script: @escaping @Sendable (RawConnection) async throws -> Void,
  _ body: (BackendClient, Origin) async throws -> Void
) async throws {
  try await RawServer.with(script) { server in
    try await withClient(limits: limits) { client in
      try await body(client, Origin(scheme: .http, host: "127.0.0.1", port: server.port))
    }
  }
}

/// Runs `body` with a client, and shuts it down, which waits for connections that are being made.
func withClient(
  limits: BackendLimits = BackendLimits(), caFile: String? = nil, connectTimeout: Duration = .seconds(10),
  _ body: (BackendClient) async throws -> Void
) async throws {
  var configuration = AsyncHTTPClientTransport.Configuration()
  configuration.connectTimeout = connectTimeout
  configuration.caFile = caFile
  let client = BackendClient(transport: try AsyncHTTPClientTransport(configuration), limits: limits)
  do {
    try await body(client)
  } catch {
    await client.shutdown()
    throw error
  }
  await client.shutdown()
}

extension BackendClient {
  func respond(to request: BackendRequest) async throws -> Response {
    try await respond(to: request, clock: ContinuousClock())
  }

  /// The code of the failure that a request ends with, in its head or in its body.
  func code(of request: BackendRequest, clock: any Clock<Duration> = ContinuousClock()) async -> String? {
    do {
      let response = try await respond(to: request, clock: clock)
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
