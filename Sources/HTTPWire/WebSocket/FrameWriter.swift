import NIOCore

/// Writes the frames of one WebSocket; all on the event loop.
///
/// Frames that are sent in one turn of the loop leave in one write and one flush, at its end or when
/// ``watermark`` octets wait for it. While octets wait for the socket, a timer runs: when the system takes none of
/// them in time, the connection is closed.
final class FrameWriter {
  typealias Waiter = CheckedContinuation<WebSocket.SendResult, Never>

  /// How many octets may wait for the socket before a sender is held up.
  static let watermark = 64 << 10

  private let context: ChannelHandlerContext
  private let settings: WebSocketSettings
  private let clock: any Clock<Duration>
  private var encoder: FrameEncoder
  /// Complete buffers that come before ``out``.
  private var ready: [ByteBuffer] = []
  private var out = ByteBuffer()
  private var flushIsDue = false
  /// The octets that were taken on, that were handed to the channel, and that the socket took, since the start.
  private(set) var taken = 0
  private var flushed = 0
  private var written = 0
  /// Who waits until all but ``watermark`` octets up to a place are written.
  private var waiters = CircularBuffer<(place: Int, waiter: Waiter)>()
  private var watch: Task<Void, Never>?
  /// Up to where ``watch`` looks, and what the socket had taken when it began.
  private var watchedPlace = 0
  private var takenByWatch = 0
  private var onReady: (() -> Void)?
  private var onDrained: (() -> Void)?
  /// Why nothing is written any more.
  private var failure: WebSocketError?
  /// Whether the peer did not take the octets in time.
  private(set) var hasExpired = false

  init(context: ChannelHandlerContext, settings: WebSocketSettings, clock: any Clock<Duration>) {
    self.context = context
    self.settings = settings
    self.clock = clock
    self.encoder = FrameEncoder(isServer: settings.isServer)
  }

  /// Whether a sender need not wait.
  var canTakeMore: Bool { taken - written <= Self.watermark }

  /// Takes on a frame whose payload is `head`, `body` and then `rest`.
  func write(
    _ opcode: FrameOpcode, isFinal: Bool = true, head: ByteBuffer = ByteBuffer(), _ body: ByteBuffer,
    rest: [ByteBuffer] = []
  ) {
    guard failure == nil else { return }
    let before = out.readableBytes
    let uncopied = encoder.encode(opcode, isFinal: isFinal, head: head, body, rest: rest, into: &out)
    taken += out.readableBytes - before
    if !uncopied.isEmpty {
      ready.append(out)
      for part in uncopied {
        taken += part.readableBytes
        ready.append(part)
      }
      out = ByteBuffer()
    }
    if taken - flushed >= Self.watermark {
      flush()
    } else if !flushIsDue {
      flushIsDue = true
      context.eventLoop.assumeIsolated().execute { self.flush() }
    }
  }

  /// Resumes `waiter` when the socket has taken all but ``watermark`` of the octets so far.
  func whenReady(_ waiter: Waiter) {
    if let failure { return waiter.resume(returning: .failure(failure)) }
    guard !canTakeMore else { return waiter.resume(returning: .success(())) }
    waiters.append((taken, waiter))
  }

  /// Calls `action` once a sender need not wait, before any that waits goes on. Only the last action that waits is called.
  func whenReady(_ action: @escaping () -> Void) {
    guard !canTakeMore else { return action() }
    onReady = action
  }

  /// Calls `action` once all octets so far are written.
  func whenDrained(_ action: @escaping () -> Void) {
    guard taken > written else { return action() }
    onDrained = action
  }

  /// Nothing is written any more: everybody who waits is told why.
  func fail(_ error: WebSocketError) {
    failure = error
    watch?.cancel()
    watch = nil
    onReady = nil
    onDrained = nil
    ready = []
    while let (_, waiter) = waiters.popFirst() { waiter.resume(returning: .failure(error)) }
  }

  private func flush() {
    flushIsDue = false
    guard taken > flushed, failure == nil else { return }
    let place = taken
    flushed = place
    if out.readableBytes > 0 {
      ready.append(out)
      out = ByteBuffer()
    }
    guard let last = ready.popLast() else { return }
    for buffer in ready { context.write(NIOAny(buffer), promise: nil) }
    ready.removeAll(keepingCapacity: true)
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenSuccess { self.wrote(upTo: place) }
    context.writeAndFlush(NIOAny(last), promise: promise)
    if written < place, watch == nil { startWatch() }
  }

  private func wrote(upTo place: Int) {
    written = place
    if canTakeMore { onReady.take()?() }
    while let first = waiters.first, first.place - written <= Self.watermark {
      waiters.removeFirst()
      first.waiter.resume(returning: .success(()))
    }
    guard taken == written else { return }
    watch?.cancel()
    watch = nil
    onDrained.take()?()
  }

  /// Gives the socket its time to take something of what waits.
  private func startWatch() {
    let place = taken
    watchedPlace = place
    takenByWatch = takenBySocket
    let limit = settings.writeTimeout
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let (clock, loop) = (clock, context.eventLoop)
    watch = Task {
      do { try await clock.sleep(for: limit) } catch { return }
      loop.execute { bound.value.timeIsUp(for: place) }
    }
  }

  /// The octets that the system has taken.
  var takenBySocket: Int {
    let waiting = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
    return flushed - (waiting ?? 0)
  }

  private func timeIsUp(for place: Int) {
    guard watch != nil, watchedPlace == place else { return }
    guard written >= place || takenBySocket > takenByWatch else {
      hasExpired = true
      return context.close(promise: nil)
    }
    startWatch()
  }
}
