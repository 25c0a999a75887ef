import NIOCore

/// Cuts and joins buffers so that no chunk is larger than the limit. Pure.
struct ChunkCutter {
  let limit: Int
  /// Whether small buffers wait for more, until a chunk is full.
  let joins: Bool
  private var held = ByteBuffer()

  init(limit: Int, joins: Bool) {
    self.limit = limit
    self.joins = joins
  }

  /// Whether a buffer is a chunk as it is.
  func passes(_ buffer: ByteBuffer) -> Bool { !joins && buffer.readableBytes <= limit }

  /// Takes octets in.
  /// - Returns: the chunks that are ready, in order.
  mutating func push(_ buffer: ByteBuffer) -> [ByteBuffer] {
    var buffer = buffer
    var ready: [ByteBuffer] = []
    if held.readableBytes > 0,
      let head = buffer.readSlice(length: min(limit - held.readableBytes, buffer.readableBytes))
    {
      held.writeImmutableBuffer(head)
      if held.readableBytes == limit { ready += finish() }
    }
    while buffer.readableBytes >= limit, let chunk = buffer.readSlice(length: limit) { ready.append(chunk) }
    guard buffer.readableBytes > 0 else { return ready }
    if joins { held.writeImmutableBuffer(buffer) } else { ready.append(buffer) }
    return ready
  }

  /// What is left, if anything.
  mutating func finish() -> [ByteBuffer] {
    guard held.readableBytes > 0 else { return [] }
    defer { held = ByteBuffer() }
    return [held]
  }
}
