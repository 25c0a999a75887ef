public import HTTPTypes
public import NIOCore
import Synchronization
public import TelephoneKit

/// A sink that keeps what is written to it. It can fail at one point, and it can hold chunks until it is told to go on.
///
/// ```swift
/// let sink = RecordingSink(holdsWrites: true)
/// async let result = harness.send(request, into: sink)
/// await sink.heldWrites(1)      // a chunk is there, and the emit stage waits
/// sink.release(1)               // takes that chunk only
/// sink.release()                // takes all from now on
/// ```
public final class RecordingSink: Sink {
  /// A call that throws instead of writing.
  public enum Failing: Sendable, Hashable {
    case never
    case atHead
    /// The nth chunk, counted from 1.
    case atWrite(Int)
    case atEnd
    case atUpgrade
  }

  /// A 1xx head.
  public struct Interim: Sendable, Hashable {
    public var status: HTTPResponse.Status
    public var fields: HTTPFields
  }

  /// All that was written so far.
  public struct Recording: Sendable {
    public internal(set) var interims: [Interim] = []
    /// `nil` as long as no head came.
    public internal(set) var status: HTTPResponse.Status?
    public internal(set) var fields: HTTPFields = [:]
    public internal(set) var chunks: [ByteBuffer] = []
    public internal(set) var trailers: HTTPFields?
    /// Whether the answer is whole.
    public internal(set) var isEnded = false
    /// Whether the client's end of a WebSocket was opened; ``status`` is 101 then, and ``fields`` are those of the 101.
    public internal(set) var isUpgraded = false
    /// Why the answer was cut off; `nil` if it was not.
    public internal(set) var abortedBy: (any Error)?
    fileprivate var writes = 0

    /// The chunks as one.
    public var body: ByteBuffer {
      var body = ByteBuffer()
      for var chunk in chunks { body.writeBuffer(&chunk) }
      return body
    }

    /// The body as UTF-8 text; what is none is U+FFFD.
    public var text: String { String(buffer: body) }
  }

  private let failing: Failing
  private let error: any Error
  private let gate: Gate
  private let webSocket: (any WebSocketPeer)?
  private let state = Mutex(Recording())

  /// - Parameters:
  ///   - failing: where it fails. Default: nowhere.
  ///   - error: what it throws there. Default: ``ClientGone``, which makes the exchange abandoned.
  ///   - holdsWrites: whether each chunk waits for ``release(_:)``. Default: no.
  ///   - webSocket: the client's end, for an exchange that opens a WebSocket. Default: the sink carries none.
  public init(
    failing: Failing = .never, with error: any Error = ClientGone(), holdsWrites: Bool = false,
    webSocket: (any WebSocketPeer)? = nil
  ) {
    self.failing = failing
    self.error = error
    self.gate = Gate(isOpen: !holdsWrites)
    self.webSocket = webSocket
  }

  public var recording: Recording { state.withLock { $0 } }

  /// Waits until so many chunks are held.
  public func heldWrites(_ count: Int = 1) async { await gate.waiting(count) }

  /// Lets the next chunks through; with no count, all from now on.
  public func release(_ count: Int? = nil) {
    if let count { gate.admit(count) } else { gate.open() }
  }

  public func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    state.withLock { $0.interims.append(Interim(status: status, fields: fields)) }
  }

  public func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    if failing == .atHead { throw error }
    state.withLock { state in
      state.status = status
      state.fields = fields
    }
  }

  public func write(_ chunk: ByteBuffer) async throws {
    let number = state.withLock { state in
      state.writes += 1
      return state.writes
    }
    if failing == .atWrite(number) { throw error }
    try await gate.enter()
    state.withLock { $0.chunks.append(chunk) }
  }

  public func end(_ trailers: HTTPFields?) async throws {
    if failing == .atEnd { throw error }
    state.withLock { state in
      state.trailers = trailers
      state.isEnded = true
    }
  }

  public func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    if failing == .atUpgrade { throw error }
    guard let webSocket else {
      throw Failure(status: .notImplemented, code: "no-websocket", "This sink was given no WebSocket.")
    }
    state.withLock { state in
      state.status = .switchingProtocols
      state.fields = fields
      state.isUpgraded = true
    }
    return webSocket
  }

  public func abort(_ error: any Error) async {
    state.withLock { $0.abortedBy = error }
  }
}
