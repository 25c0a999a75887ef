import DequeModule
package import HTTPTypes
package import NIOCore

/// One request and its answer on a client's connection: the part of it that belongs to one caller.
///
/// One task reads with ``next()``; the same or another one writes. What a call cannot do at once is done by the
/// connection's event loop; on that loop's thread it costs no change of threads. Reading is pulled: beyond
/// ``window`` octets that nobody took, the socket is not read, until half of them or less are left.
// All that varies is touched on the event loop only: other threads reach it through `onLoop`.
package final class ClientExchange: @unchecked Sendable {
  /// The octets that are read ahead, about.
  static let window = 64 << 10
  /// Up to so many octets, neighbours in the queue are joined, so that many small chunks take no more than their octets.
  private static let joined = 16 << 10

  let request: ClientRequest
  package let loop: any EventLoop
  var flow: ClientFlow
  /// Octets of the content that are still to be written, where its length was told.
  private var missing: Int?
  private var sentOctets = false
  private weak var handler: ClientHandler?
  // Room for the answer that most are: head, content, end.
  private var parts = Deque<ClientPart>(minimumCapacity: 3)
  /// The octets that came and that nobody took: on the loop.
  private(set) var buffered = 0
  private var failure: (any Error)?
  private var reader: CheckedContinuation<ClientPart, any Error>?
  /// Whether there is a reader: to look at that copies none.
  private var isAwaited = false
  private var writer: CheckedContinuation<Void, any Error>?
  private var holder: CheckedContinuation<Bool, Never>?

  init(_ request: ClientRequest, loop: any EventLoop, handler: ClientHandler?) {
    self.request = request
    self.loop = loop
    self.handler = handler
    if case .streamed(let length?) = request.content { missing = length }
    let isWhole = if case .streamed = request.content { false } else { true }
    flow = ClientFlow(isWhole: isWhole, expectsContinue: request.expectsContinue)
  }

  // MARK: The caller's side, any thread

  /// The next part of the answer. One caller at a time; not again after the end or an error.
  /// - Throws: ``ClientFault``, or what ``fail(_:)`` was given. Cancelling the task gives up the exchange.
  package func next() async throws -> ClientPart {
    if loop.inEventLoop, let part = try take() { return part }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { reader in
        onLoop { exchange in exchange.wait(reader) }
      }
    } onCancel: {
      giveUp()
    }
  }

  /// Writes octets of streamed content; returns when the connection can take more.
  /// - Throws: ``ClientFault`` when the exchange has failed, or the content becomes longer than it said.
  package func write(_ octets: ByteBuffer) async throws {
    if loop.inEventLoop, try writeNow(octets) { return }
    let isWritten = loop.inEventLoop
    try await withCheckedThrowingContinuation { writer in
      onLoop { exchange in exchange.write(isWritten ? nil : octets, writer) }
    }
  }

  /// Ends streamed content.
  /// - Throws: ``ClientFault`` when the content is shorter than it said.
  package func finish(_ trailers: HTTPFields?) async throws {
    if loop.inEventLoop { return try finishNow(trailers) }
    try await withCheckedThrowingContinuation { done in
      onLoop { exchange in done.resume(with: Result { try exchange.finishNow(trailers) }) }
    }
  }

  /// With `Expect: 100-continue`: returns when the peer asked for the content, or ``stopWaiting()`` was called.
  /// - Returns: whether the content is to be sent; `false` when an answer came without it, or nobody will take it.
  package func mayContinue() async -> Bool {
    await withCheckedContinuation { holder in
      onLoop { exchange in
        if exchange.failure == nil, exchange.flow.request == .held {
          exchange.holder = holder
        } else {
          holder.resume(returning: exchange.failure == nil && exchange.flow.request == .sending)
        }
      }
    }
  }

  /// Sends held content without the word of the peer, which has been waited for long enough.
  package func stopWaiting() {
    onLoop { exchange in
      if exchange.failure == nil, exchange.flow.gaveUpWaiting() { exchange.release() }
    }
  }

  /// Ends the exchange and closes its connection at once. Harmless after the end.
  package func giveUp() {
    onLoop { exchange in exchange.end(ClientFault(.givenUp)) }
  }

  /// The content of the request cannot go on: the connection is closed, and an answer that is not whole fails with
  /// the error.
  package func fail(_ error: any Error) {
    onLoop { exchange in exchange.end(error) }
  }

  private func onLoop(_ work: @escaping @Sendable (ClientExchange) -> Void) {
    if loop.inEventLoop { work(self) } else { loop.execute { work(self) } }
  }

  // MARK: On the loop

  func attach(_ handler: ClientHandler) { self.handler = handler }

  /// Whether the socket is not to be read.
  var isFull: Bool { buffered >= Self.window }

  /// A fault with how far this exchange is.
  func fault(_ kind: ClientFault.Kind, cause: (any Error)? = nil) -> ClientFault {
    var fault = ClientFault(kind, cause: cause)
    fault.sentOctets = sentOctets
    fault.gotOctets = flow.gotOctets
    return fault
  }

  func wrote() { sentOctets = true }

  /// Takes a part of the answer from the connection. ``wake()`` follows when all that came was taken.
  func receive(_ part: ClientPart) {
    guard failure == nil else { return }
    buffered += part.cost
    if case .body(let octets) = part, case .body(var last)? = parts.last {
      parts.append(.body(join(octets, to: &last)))
    } else {
      parts.append(part)
    }
  }

  /// Joins content with that before it, which was the last part, if both together are small. Else what fills less than a
  /// quarter of the memory that it keeps is copied.
  /// - Returns: the last part.
  private func join(_ octets: ByteBuffer, to last: inout ByteBuffer) -> ByteBuffer {
    if last.readableBytes + octets.readableBytes <= Self.joined {
      parts.removeLast()
      last.writeImmutableBuffer(octets)
      return last
    }
    guard octets.readableBytes * 4 < octets.storageCapacity else { return octets }
    return ByteBuffer(bytes: octets.readableBytesView)
  }

  /// Hands over what came to who waits for it.
  func wake() {
    guard isAwaited else { return }
    // At once: to take a part may make the connection read, and come here again.
    isAwaited = false
    do {
      guard let part = try take() else {
        isAwaited = true
        return
      }
      reader.take()?.resume(returning: part)
    } catch {
      reader.take()?.resume(throwing: error)
    }
  }

  /// The content that was held is wanted.
  func release() {
    if case .streamed = request.content {
      holder?.resume(returning: true)
      holder = nil
    } else {
      handler?.writeWhole(self)
    }
  }

  /// The content that was held is not wanted.
  func refuseContent() {
    holder?.resume(returning: false)
    holder = nil
  }

  /// The connection can take more.
  func becameWritable() {
    writer?.resume()
    writer = nil
  }

  /// Nothing more comes. What came before is still read, if it is not to be dropped.
  func stop(_ error: any Error, dropping: Bool = false) {
    guard failure == nil else { return }
    failure = error
    if dropping, flow.answer != .whole {
      parts.removeAll()
      buffered = 0
    }
    refuseContent()
    writer?.resume(throwing: error)
    writer = nil
    wake()
  }

  private func end(_ error: any Error) {
    stop(error, dropping: true)
    handler?.giveUp(self)
  }

  private func wait(_ reader: CheckedContinuation<ClientPart, any Error>) {
    self.reader = reader
    isAwaited = true
    wake()
  }

  private func take() throws -> ClientPart? {
    guard let part = parts.first else {
      if let failure { throw failure }
      return nil
    }
    if case .head(let head, _) = part, case .end(let trailers)? = parts.last {
      let content = joinAll()
      return .whole(head, content, trailers: trailers)
    }
    parts.removeFirst()
    let cost = part.cost
    if cost > 0 {
      buffered -= cost
      // Not as soon as a part is taken: one read brings more than one part, so that a reader who takes them one by one
      // would never catch up.
      if buffered <= Self.window / 2 { handler?.readMore(self) }
    }
    return part
  }

  private func joinAll() -> ByteBuffer {
    var content = ByteBuffer()
    for case .body(let octets) in parts {
      if content.readableBytes == 0 { content = octets } else { content.writeImmutableBuffer(octets) }
    }
    parts.removeAll()
    buffered = 0
    handler?.readMore(self)
    return content
  }

  /// - Returns: whether the connection can take more.
  private func writeNow(_ octets: ByteBuffer) throws -> Bool {
    if let failure { throw failure }
    guard flow.request == .sending, let handler else { throw fault(.closed) }
    if let left = missing {
      guard octets.readableBytes <= left else {
        let fault = fault(.unsendable)
        end(fault)
        throw fault
      }
      missing = left - octets.readableBytes
    }
    return handler.write(octets, chunked: missing == nil)
  }

  private func write(_ octets: ByteBuffer?, _ writer: CheckedContinuation<Void, any Error>) {
    do {
      if let octets {
        if try writeNow(octets) { return writer.resume() }
      } else {
        if let failure { throw failure }
        if handler?.isWritable != false { return writer.resume() }
      }
      self.writer = writer
    } catch {
      writer.resume(throwing: error)
    }
  }

  private func finishNow(_ trailers: HTTPFields?) throws {
    if let failure { throw failure }
    guard flow.request == .sending, let handler else { throw fault(.closed) }
    guard missing ?? 0 == 0 else {
      let fault = fault(.unsendable)
      end(fault)
      throw fault
    }
    if missing == nil { handler.writeEnd(trailers) }
    flow.sent()
    handler.settle(self)
  }
}
