import HTTPTypes
import NIOCore
import Synchronization

/// Stands between an exchange and its sink: keeps the order of the calls, and knows what has left.
final class GuardedSink: Sink {
  struct Progress: Sendable {
    var headLeft = false
    var isOver = false
    var wasAborted = false
    var chunks = 0
    var octets = 0
  }

  private let sink: any Sink
  private let state = Mutex(Progress())

  init(_ sink: any Sink) { self.sink = sink }

  var progress: Progress { state.withLock { $0 } }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    guard (100..<200).contains(status.code), status.code != 101 else {
      throw SinkOrderError(sentence: "\(status.code) is no interim status.")
    }
    guard state.withLock({ !$0.headLeft && !$0.isOver }) else {
      throw SinkOrderError(sentence: "An interim head came after the head.")
    }
    try await sink.interim(status, fields)
  }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    guard status.code >= 200 else {
      throw SinkOrderError(sentence: "\(status.code) is no status of a final answer.")
    }
    try state.withLock { state in
      guard !state.headLeft, !state.isOver else { throw SinkOrderError(sentence: "A second head was written.") }
      state.headLeft = true
    }
    try await sink.head(status, fields)
  }

  func write(_ chunk: ByteBuffer) async throws {
    try state.withLock { state in
      guard state.headLeft, !state.isOver else { throw SinkOrderError(sentence: "A chunk came outside the body.") }
      state.chunks += 1
      state.octets += chunk.readableBytes
    }
    try await sink.write(chunk)
  }

  func end(_ trailers: HTTPFields?) async throws {
    guard state.withLock({ $0.headLeft && !$0.isOver }) else {
      throw SinkOrderError(sentence: "The end came before the head, or twice.")
    }
    try await sink.end(trailers)
    state.withLock { $0.isOver = true }
  }

  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    guard state.withLock({ !$0.headLeft && !$0.isOver }) else {
      throw SinkOrderError(sentence: "An upgrade came after the head.")
    }
    let peer = try await sink.upgrade(fields)
    state.withLock { state in
      state.headLeft = true
      state.isOver = true
    }
    return peer
  }

  func abort(_ error: any Error) async {
    let wasOpen = state.withLock { state in
      guard !state.isOver else { return false }
      state.isOver = true
      state.wasAborted = true
      return true
    }
    if wasOpen { await sink.abort(error) }
  }
}
