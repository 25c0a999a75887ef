public import HTTPTypes
public import NIOCore
import Synchronization

/// The octets of a request or a response: a sequence of buffers that is pulled, with its trailers at the end.
///
/// The pull is the backpressure: who does not call ``next()`` makes the other end wait. A body has one reader and is
/// read once. The runner closes every body that nobody read to its end.
///
/// ```swift
/// while let buffer = try await body.next() { … }
/// let trailers = body.trailers
/// ```
public final class Body: Sendable {
  private enum Storage: Sendable {
    case memory(ByteBuffer, trailers: HTTPFields?)
    case source(any BodySource)
  }

  private enum State {
    case open
    case reading
    case ended(HTTPFields?)
    case failed(any Error)
    case closed
  }

  /// The number of octets, when it is known before they are read: a `Content-Length`, or a body in memory.
  public let length: Int?

  private let storage: Storage
  private let state = Mutex(State.open)
  private let octetsGiven = Atomic(0)

  /// The octets that were read so far.
  package var octetsRead: Int { octetsGiven.load(ordering: .relaxed) }

  /// A body in memory.
  public init(_ bytes: ByteBuffer = ByteBuffer(), trailers: HTTPFields? = nil) {
    self.length = bytes.readableBytes
    self.storage = .memory(bytes, trailers: trailers)
  }

  /// A body that is read from a source while it is pulled.
  /// - Parameter length: the number of octets, if known in advance.
  public init(length: Int? = nil, source: any BodySource) {
    self.length = length
    self.storage = .source(source)
  }

  /// A body of UTF-8 text in memory.
  public convenience init(_ text: String) {
    self.init(ByteBuffer(string: text))
  }

  /// The trailer fields (RFC 9110, 6.5). `nil` before the end was read, or if there are none.
  public var trailers: HTTPFields? {
    state.withLock { if case .ended(let trailers) = $0 { trailers } else { nil } }
  }

  /// Whether the end was read.
  public var isEnded: Bool {
    state.withLock { if case .ended = $0 { true } else { false } }
  }

  /// The octets, if all of them are in memory and none was read yet.
  public var unreadMemory: ByteBuffer? {
    guard case .memory(let bytes, _) = storage else { return nil }
    return state.withLock { if case .open = $0 { bytes } else { nil } }
  }

  /// Whether all octets are in memory and none was read yet.
  package var isUnreadMemory: Bool {
    guard case .memory = storage else { return false }
    return state.withLock { if case .open = $0 { true } else { false } }
  }

  /// Reads all of it at once.
  /// - Returns: the octets and the trailers; `nil` if they are not in memory, or some were read.
  package func takeMemory() -> (octets: ByteBuffer, trailers: HTTPFields?)? {
    guard case .memory(let bytes, let trailers) = storage else { return nil }
    return state.withLock { state in
      guard case .open = state else { return nil }
      state = .ended(trailers)
      octetsGiven.store(bytes.readableBytes, ordering: .relaxed)
      return (bytes, trailers)
    }
  }

  /// The next octets; never an empty buffer. `nil` at the end, again and again.
  /// - Throws: what the source throws, then the same again at each call; ``BodyError`` if two read at once or the
  ///   body was closed before its end.
  public func next() async throws -> ByteBuffer? {
    switch storage {
    case .memory(let bytes, let trailers):
      return try state.withLock { state -> ByteBuffer? in
        if case .open = state, bytes.readableBytes > 0 {
          state = .reading
          octetsGiven.store(bytes.readableBytes, ordering: .relaxed)
          return bytes
        }
        switch state {
        case .open, .reading: state = .ended(trailers)
        case .ended: break
        case .failed(let error): throw error
        case .closed: throw BodyError.closed
        }
        return nil
      }
    case .source(let source):
      guard try beginReading() else { return nil }
      do {
        while true {
          switch try await source.read() {
          case .bytes(let bytes) where bytes.readableBytes == 0: continue
          case .bytes(let bytes):
            settle(.open)
            octetsGiven.add(bytes.readableBytes, ordering: .relaxed)
            return bytes
          case .end(let trailers):
            settle(.ended(trailers))
            return nil
          }
        }
      } catch {
        settle(.failed(error))
        throw error
      }
    }
  }

  /// A body that hands on what this one gives, with only those trailers whose names are kept. One in memory of which
  /// nothing was read stays in memory.
  package func keepingTrailers(_ isKept: @escaping @Sendable (HTTPField.Name) -> Bool) -> Body {
    guard case .memory(let bytes, let trailers) = storage, isUnreadMemory else {
      return Body(length: length, source: TrailerFilter(inner: self, isKept: isKept))
    }
    guard var trailers else { return self }
    trailers.removeAll { !isKept($0.name) }
    return Body(bytes, trailers: trailers)
  }

  /// Gives up what was not read yet, so that the source can let go of its connection. Harmless at any time.
  public func close() async {
    let mustClose = state.withLock { state -> Bool in
      switch state {
      case .open, .reading:
        state = .closed
        return true
      case .ended, .failed, .closed: return false
      }
    }
    if mustClose, case .source(let source) = storage { await source.close() }
  }

  private func beginReading() throws -> Bool {
    try state.withLock { state in
      switch state {
      case .open:
        state = .reading
        return true
      case .ended: return false
      case .reading: throw BodyError.readTwiceAtOnce
      case .failed(let error): throw error
      case .closed: throw BodyError.closed
      }
    }
  }

  private func settle(_ next: State) {
    state.withLock { if case .reading = $0 { $0 = next } }
  }
}

private struct TrailerFilter: BodySource {
  let inner: Body
  let isKept: @Sendable (HTTPField.Name) -> Bool

  func read() async throws -> BodyPart {
    if let bytes = try await inner.next() { return .bytes(bytes) }
    var trailers = inner.trailers
    trailers?.removeAll { !isKept($0.name) }
    return .end(trailers: trailers)
  }

  func close() async { await inner.close() }
}
