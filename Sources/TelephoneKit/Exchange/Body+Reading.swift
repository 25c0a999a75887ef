public import NIOCore

extension Body {
  /// Reads all that is left into one buffer, for stages that cannot work on parts.
  /// - Parameter limit: the most octets that are held in memory.
  /// - Throws: ``BodyError/tooLarge(limit:)`` past the limit, at once if the length is known; the body is then closed.
  public func collect(upTo limit: Int) async throws -> ByteBuffer {
    if let length, length > limit {
      await close()
      throw BodyError.tooLarge(limit: limit)
    }
    var collected = ByteBuffer()
    while var part = try await next() {
      guard collected.readableBytes + part.readableBytes <= limit else {
        await close()
        throw BodyError.tooLarge(limit: limit)
      }
      if collected.readableBytes == 0 { collected = part } else { collected.writeBuffer(&part) }
    }
    return collected
  }

  /// A body that hands on what this one gives, each buffer changed on its way. The trailers stay.
  /// - Parameter length: the number of octets after the change, if known.
  public func map(
    length: Int? = nil, _ change: @escaping @Sendable (ByteBuffer) async throws -> ByteBuffer
  ) -> Body {
    Body(length: length, source: MappedBody(inner: self, change: change))
  }
}

private struct MappedBody: BodySource {
  let inner: Body
  let change: @Sendable (ByteBuffer) async throws -> ByteBuffer

  func read() async throws -> BodyPart {
    guard let buffer = try await inner.next() else { return .end(trailers: inner.trailers) }
    return .bytes(try await change(buffer))
  }

  func close() async { await inner.close() }
}
