package import NIOCore

/// Reads HTTP/1.1 messages one after the other, and counts their bodies instead of keeping them.
package struct MessageReader {
  package enum Event {
    case head(WireHead)
    /// That many octets of the body came.
    case octets(Int)
    case end
  }

  package struct Malformed: Error {}

  private enum State {
    case head
    case body(left: Int)
    case chunkSize
    case chunk(left: Int)
    /// The line end after a chunk's data.
    case chunkEnd
    case trailers
    case end
  }

  private let isRequest: Bool
  private var state = State.head
  private var buffer = ByteBuffer()

  package init(requests isRequest: Bool) { self.isRequest = isRequest }

  package mutating func append(_ data: ByteBuffer) {
    if buffer.readableBytes == 0 {
      buffer = data
    } else {
      buffer.writeImmutableBuffer(data)
    }
  }

  /// `nil`: more octets are needed.
  package mutating func next() throws -> Event? {
    while true {
      switch state {
      case .head:
        guard let length = headLength() else { return nil }
        let isRequest = isRequest
        let head = buffer.withUnsafeReadableBytes {
          WireHead(UnsafeRawBufferPointer(rebasing: $0[..<(length - 4)]), isRequest: isRequest)
        }
        buffer.moveReaderIndex(forwardBy: length)
        if head.isChunked {
          state = .chunkSize
        } else if let length = head.length, length > 0 {
          state = .body(left: length)
        } else if isRequest || head.length == 0 {
          state = .end
        } else if (100..<200).contains(head.status) {
          continue
        } else {
          throw Malformed()
        }
        return .head(head)
      case .body(let left):
        guard let count = take(left) else { return nil }
        state = count == left ? .end : .body(left: left - count)
        return .octets(count)
      case .chunkSize:
        guard let line = line() else { return nil }
        guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else { throw Malformed() }
        state = size == 0 ? .trailers : .chunk(left: size)
      case .chunk(let left):
        guard let count = take(left) else { return nil }
        state = count == left ? .chunkEnd : .chunk(left: left - count)
        return .octets(count)
      case .chunkEnd:
        guard let line = line() else { return nil }
        guard line.isEmpty else { throw Malformed() }
        state = .chunkSize
      case .trailers:
        guard let line = line() else { return nil }
        if line.isEmpty { state = .end }
      case .end:
        state = .head
        return .end
      }
    }
  }

  /// How long the head at the front is, with the empty line at its end.
  private func headLength() -> Int? {
    buffer.withUnsafeReadableBytes { octets in
      var index = 3
      while index < octets.count {
        // Only every other octet can be looked at: a line end has two.
        switch octets[index] {
        case UInt8(ascii: "\n"):
          if octets[index - 1] == UInt8(ascii: "\r"), octets[index - 2] == UInt8(ascii: "\n"),
            octets[index - 3] == UInt8(ascii: "\r")
          {
            return index + 1
          }
          index += 2
        case UInt8(ascii: "\r"):
          index += 1
        default:
          index += 2
        }
      }
      return nil
    }
  }

  private mutating func take(_ most: Int) -> Int? {
    let count = min(most, buffer.readableBytes)
    guard count > 0 else { return nil }
    buffer.moveReaderIndex(forwardBy: count)
    return count
  }

  private mutating func line() -> String? {
    guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = buffer.readString(length: end - buffer.readerIndex + 1) ?? ""
    return String(line.dropLast(line.hasSuffix("\r\n") ? 1 : 0).filter { $0 != "\r\n" && $0 != "\n" })
  }
}
