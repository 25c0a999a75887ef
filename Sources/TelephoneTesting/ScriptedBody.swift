public import HTTPTypes
public import NIOCore
import Synchronization
public import TelephoneKit

/// The source of a body that gives the parts of a script, and notes how it was treated.
///
/// ```swift
/// let source = ScriptedBody(["Hel", "lo"])
/// let result = await harness.send(Request(method: .post, body: source.body()))
/// #expect(source.reads == 3 && !source.isClosed)
/// ```
public final class ScriptedBody: BodySource {
  /// What comes after the last part.
  public enum Ending: Sendable {
    case end(trailers: HTTPFields? = nil)
    case failure(any Error)
    /// Nothing, until the body is closed or its reader is cancelled.
    case stall
  }

  private struct State {
    var reads = 0
    var closes = 0
  }

  private let parts: [ByteBuffer]
  private let ending: Ending
  private let stall = Gate()
  private let state = Mutex(State())

  public init(buffers parts: [ByteBuffer], then ending: Ending = .end()) {
    self.parts = parts
    self.ending = ending
  }

  public convenience init(_ parts: [String], then ending: Ending = .end()) {
    self.init(buffers: parts.map { ByteBuffer(string: $0) }, then: ending)
  }

  /// How often a part was asked for; the end counts as one.
  public var reads: Int { state.withLock { $0.reads } }

  /// Whether it was given up before its end. A body that was read to its end is not closed.
  public var isClosed: Bool { state.withLock { $0.closes > 0 } }

  /// How often it was closed; a ``Body`` does so at most once.
  public var closes: Int { state.withLock { $0.closes } }

  /// A body that reads from here. Make only one: the script has one position.
  /// - Parameter length: what the body says of its length in octets. Default: unknown.
  public func body(length: Int? = nil) -> Body { Body(length: length, source: self) }

  public func read() async throws -> BodyPart {
    let index = state.withLock { state in
      defer { state.reads += 1 }
      return state.reads
    }
    if index < parts.count { return .bytes(parts[index]) }
    switch ending {
    case .end(let trailers): return .end(trailers: trailers)
    case .failure(let error): throw error
    case .stall:
      try await stall.enter()
      throw BodyError.closed
    }
  }

  public func close() async {
    state.withLock { $0.closes += 1 }
    stall.open()
  }

  /// Waits until a reader waits for what a stalled script does not give.
  package func stalled() async { await stall.waiting(1) }
}
