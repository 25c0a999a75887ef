package import NIOCore

/// One TCP connection of a test, octet for octet. Nothing is read from the socket before somebody reads here, so
/// that a test can be a slow peer.
package actor RawConnection {
  /// The peer ended the connection before what was awaited came. Holds what came.
  package struct Ended: Error, CustomStringConvertible {
    package var read: String
    package var description: String { "the connection ended after: \(read)" }
  }

  nonisolated private let channel: any Channel
  private let incoming: AsyncStream<ByteBuffer>
  private var buffer = ByteBuffer()
  private var ended = false

  init(channel: any Channel, incoming: AsyncStream<ByteBuffer>) {
    self.channel = channel
    self.incoming = incoming
  }

  /// Reads until `mark` was read, and returns all up to its end.
  package func read(until mark: String) async throws -> String {
    while true {
      let text = buffer.readableBytesView
      if let range = text.firstRange(of: Array(mark.utf8)) {
        return buffer.readString(length: range.upperBound - text.startIndex) ?? ""
      }
      try await fill()
    }
  }

  /// Reads exactly that many octets.
  package func read(_ count: Int) async throws -> ByteBuffer {
    while buffer.readableBytes < count { try await fill() }
    return buffer.readSlice(length: count) ?? ByteBuffer()
  }

  /// Reads what there is; nil at the end.
  package func readSome() async -> ByteBuffer? {
    if buffer.readableBytes == 0 { try? await fill() }
    defer { buffer = ByteBuffer() }
    return buffer.readableBytes > 0 ? buffer : nil
  }

  /// Reads to the end of the connection.
  package func readAll() async -> ByteBuffer {
    while !ended { try? await fill() }
    defer { buffer = ByteBuffer() }
    return buffer
  }

  /// Reads to the end of the connection, as text.
  package func readAllText() async -> String {
    String(buffer: await readAll())
  }

  /// Returns when the peer has ended the connection; what came is kept for the reader.
  package func waitForEnd() async {
    while !ended { try? await fill() }
  }

  /// Returns when the connection is closed or reset, without reading from it.
  package nonisolated func untilClosed() async { try? await channel.closeFuture.get() }

  private func fill() async throws {
    channel.read()
    var iterator = incoming.makeAsyncIterator()
    guard var part = await iterator.next(isolation: #isolation) else {
      ended = true
      throw Ended(read: String(buffer: buffer))
    }
    buffer.writeBuffer(&part)
  }

  /// Writes octets and waits until the socket has taken them.
  package nonisolated func write(_ octets: ByteBuffer) async throws {
    try await channel.writeAndFlush(octets).get()
  }

  package nonisolated func write(_ text: String) async throws {
    try await write(ByteBuffer(string: text))
  }

  package nonisolated func write(_ octets: [UInt8]) async throws {
    try await write(ByteBuffer(bytes: octets))
  }

  /// Ends the connection in order (FIN).
  package nonisolated func close() async {
    try? await channel.close()
  }

  /// Ends our half of the connection.
  package nonisolated func closeOutput() async {
    try? await channel.close(mode: .output)
  }

  /// Ends the connection with a reset (RST).
  package nonisolated func reset() async {
    if let options = channel as? any SocketOptionProvider {
      try? await options.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger()).get()
    }
    try? await channel.close()
  }
}

/// The system's `struct linger`: on, with no time.
private struct Linger: Sendable {
  var isOn: Int32 = 1
  var seconds: Int32 = 0
}

/// Puts what a channel reads into a stream.
final class RawHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let stream: AsyncStream<ByteBuffer>.Continuation
  private let onActive: @Sendable () -> Void

  init(stream: AsyncStream<ByteBuffer>.Continuation, onActive: @escaping @Sendable () -> Void) {
    self.stream = stream
    self.onActive = onActive
  }

  /// Adds the handler to a channel that does not read by itself.
  static func install(
    on channel: any Channel, onActive: (@Sendable (RawConnection) -> Void)? = nil
  ) -> EventLoopFuture<RawConnection> {
    channel.eventLoop.makeCompletedFuture {
      let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
      let connection = RawConnection(channel: channel, incoming: stream)
      let handler = RawHandler(stream: continuation) { onActive?(connection) }
      try channel.pipeline.syncOperations.addHandler(handler)
      // A client's connection, which may have ended already: nobody tells the handler then.
      if onActive == nil, !channel.isActive { continuation.finish() }
      return connection
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    stream.yield(unwrapInboundIn(data))
  }

  func channelActive(context: ChannelHandlerContext) {
    onActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    stream.finish()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
