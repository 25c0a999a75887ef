import HTTPTypes
import NIOCore

/// Reads the content of one message and its trailers, after the head.
struct ContentDecoder {
  enum Part {
    case body(ByteBuffer)
    case end(HTTPFields?)
  }

  private enum State {
    case length(left: Int)
    case chunks(ChunkedDecoder)
    case trailers(SectionFinder)
    case untilClose
  }

  private var state: State
  private let limits: HeadLimits

  init(_ framing: ContentFraming, limits: HeadLimits) {
    self.limits = limits
    state =
      switch framing {
      case .none: .length(left: 0)
      case .length(let count): .length(left: count)
      case .chunked: .chunks(ChunkedDecoder())
      case .untilClose: .untilClose
      }
  }

  /// The next part; nil when more octets are needed. The content is never an empty buffer.
  mutating func next(from buffer: inout ByteBuffer) throws(WireFault) -> Part? {
    switch state {
    case .length(let left):
      guard left > 0 else { return .end(nil) }
      let count = min(left, buffer.readableBytes)
      guard count > 0, let content = buffer.readSlice(length: count) else { return nil }
      state = .length(left: left - count)
      return .body(content)
    case .untilClose:
      guard buffer.readableBytes > 0, let content = buffer.readSlice(length: buffer.readableBytes) else { return nil }
      return .body(content)
    case .chunks(var chunks):
      let outcome = try chunks.next(from: &buffer)
      state = .chunks(chunks)
      switch outcome {
      case .content(let content): return .body(content)
      case .needsMore: return nil
      case .lastChunk:
        state = .trailers(SectionFinder())
        return try trailers(from: &buffer)
      }
    case .trailers:
      return try trailers(from: &buffer)
    }
  }

  /// Whether the end of the connection is the end of the content.
  var endsWithConnection: Bool {
    if case .untilClose = state { true } else { false }
  }

  private mutating func trailers(from buffer: inout ByteBuffer) throws(WireFault) -> Part? {
    guard case .trailers(var finder) = state else { return nil }
    let outcome = finder.find(in: buffer, limit: limits.maxHeadSize)
    state = .trailers(finder)
    switch outcome {
    case .needsMore: return nil
    case .tooLarge: throw WireFault(.trailers)
    case .badLineEnd: throw WireFault(.lineEnd)
    case .found(let size):
      let fields = try Self.fields(in: buffer, size: size, max: limits.maxFieldCount)
      buffer.moveReaderIndex(forwardBy: size)
      return .end(fields)
    }
  }

  /// The trailer fields; nil when there are none. Fields that frame or route the message must not be among them
  /// (RFC 9110, section 6.5.1).
  private static func fields(in buffer: ByteBuffer, size: Int, max: Int) throws(WireFault) -> HTTPFields? {
    guard size > 2 else { return nil }
    let result = buffer.withUnsafeReadableBytes { octets in
      Result { () throws(WireFault) -> HTTPFields in
        var reader = LineReader(UnsafeRawBufferPointer(rebasing: octets[..<size]))
        var framing = FramingFields()
        let fields = try reader.fields(max: max, fault: .trailers, framing: &framing)
        guard framing == FramingFields() else { throw WireFault(.trailers) }
        return fields
      }
    }
    return try result.get()
  }
}
