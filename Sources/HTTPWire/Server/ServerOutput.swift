import NIOCore

/// Octets of an answer, in the order of the wire.
struct ResponsePiece: Sendable, Equatable {
  /// What stands before the content: a head, the size of a chunk.
  var before = ByteBuffer()
  var content = ByteBuffer()
  /// What stands behind it: the end of a chunk, the last chunk.
  var after = ByteBuffer()

  var readableBytes: Int { before.readableBytes + content.readableBytes + after.readableBytes }
}

/// What a connection writes. The pieces of one turn of the event loop leave in one write. On the event loop only.
final class ServerOutput {
  /// From so many octets on, small pieces are not gathered any more.
  private static let gatherLimit = 16 << 10
  /// From so many octets on, nothing waits for the end of the turn.
  private static let waitLimit = 256 << 10
  /// Content from so many octets on is not copied.
  private static let copyLimit = 4 << 10

  private let channel: any Channel
  private var gathered = ByteBuffer()
  /// Octets that were written to the channel and not flushed.
  private var unflushed = 0
  private var flushIsScheduled = false
  /// Writes that the socket did not take at once, and that are still awaited.
  private(set) var blocked = 0
  /// How many octets were written so far.
  private(set) var written = 0
  /// Those that the system had taken when somebody looked.
  private var seen = 0

  init(channel: any Channel) {
    self.channel = channel
  }

  /// Writes a piece.
  /// - Returns: what to wait for; nil when the socket has taken it, or takes it at the end of this turn.
  func add(_ piece: ResponsePiece) throws(ResponseError) -> EventLoopFuture<Void>? {
    guard channel.isActive else { throw ResponseError(.connectionLost) }
    written &+= piece.readableBytes
    gathered.writeImmutableBuffer(piece.before)
    if piece.content.readableBytes < Self.copyLimit {
      gathered.writeImmutableBuffer(piece.content)
      gathered.writeImmutableBuffer(piece.after)
    } else {
      passOn()
      channel.write(piece.content, promise: nil)
      unflushed += piece.content.readableBytes
      gathered.writeImmutableBuffer(piece.after)
    }
    let mayWait = gathered.readableBytes < Self.gatherLimit && unflushed < Self.waitLimit && blocked == 0
    guard mayWait else { return flush() }
    scheduleFlush()
    return nil
  }

  /// Writes all that was gathered.
  /// - Returns: what to wait for; nil when the socket has taken all at once.
  func flush() -> EventLoopFuture<Void>? {
    let promise = channel.eventLoop.makePromise(of: Void.self)
    channel.writeAndFlush(gathered, promise: promise)
    gathered = ByteBuffer()
    unflushed = 0
    let future = promise.futureResult
    var isDone = false
    future.assumeIsolated().whenSuccess { isDone = true }
    if isDone { return nil }
    if blocked == 0 { seen = taken }
    blocked += 1
    future.assumeIsolated().whenComplete { _ in self.blocked -= 1 }
    return future
  }

  /// Whether the system has taken something since the last look, or since a write was blocked.
  func hasMoved() -> Bool {
    let now = taken
    defer { seen = now }
    return now > seen
  }

  /// The octets that the system has taken.
  private var taken: Int {
    let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    return written - gathered.readableBytes - (waiting ?? 0)
  }

  private func passOn() {
    guard gathered.readableBytes > 0 else { return }
    channel.write(gathered, promise: nil)
    unflushed += gathered.readableBytes
    gathered = ByteBuffer()
  }

  private func scheduleFlush() {
    guard !flushIsScheduled else { return }
    flushIsScheduled = true
    channel.eventLoop.assumeIsolated().execute {
      self.flushIsScheduled = false
      guard self.gathered.readableBytes + self.unflushed > 0, self.channel.isActive else { return }
      _ = self.flush()
    }
  }
}
