package import HTTPTypes
package import NIOCore

/// Reads requests of HTTP/1.1 and 1.0, one after another (RFC 9112). What two readers could understand in two ways is
/// refused, not mended.
///
/// Octets go in by ``append(_:)``; ``next()`` is then called until it returns nil. Content comes as slices of what was
/// put in. After a fault nothing more can be read. However the octets are cut into pieces, the same parts come out (but
/// for where content is cut), and the same fault.
package struct RequestDecoder: Sendable {
  package enum Part: Sendable, Equatable {
    case head(WireRequestHead, ContentFraming)
    /// Never empty.
    case body(ByteBuffer)
    /// The request is whole; the trailer fields, if there were any.
    case end(HTTPFields?)
  }

  private enum State {
    case head(SectionFinder, sawEmptyLine: Bool)
    case content(ContentDecoder)
    case failed(WireFault)
  }

  private let limits: HeadLimits
  private var state = State.head(SectionFinder(), sawEmptyLine: false)
  private var buffer = ByteBuffer()

  package init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
  }

  /// Adds octets that came. They are not copied when all before them were read.
  package mutating func append(_ octets: ByteBuffer) {
    if buffer.readableBytes == 0 {
      buffer = octets
    } else {
      buffer.writeImmutableBuffer(octets)
    }
  }

  /// How many octets were added and not read.
  var unreadOctets: Int { buffer.readableBytes }

  /// The next part; nil when more octets are needed.
  package mutating func next() throws(WireFault) -> Part? {
    do {
      return try read()
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Call it when no more octets will come, and ``next()`` has returned nil.
  /// - Returns: nil always: no request ends with the connection.
  /// - Throws: ``WireFault/Kind/truncated`` when a request was cut off.
  package mutating func finish() throws(WireFault) -> Part? {
    switch state {
    case .failed(let fault): throw fault
    case .content: throw WireFault(.truncated)
    case .head: guard buffer.readableBytes == 0 else { throw WireFault(.truncated) }
    }
    return nil
  }

  /// Takes the octets that were not read: those behind a request that turned the connection into something else.
  package mutating func takeRest() -> ByteBuffer {
    defer { buffer = ByteBuffer() }
    return buffer
  }

  private mutating func read() throws(WireFault) -> Part? {
    switch state {
    case .failed(let fault): throw fault
    case .content(var content):
      let part = try content.next(from: &buffer)
      switch part {
      case nil:
        state = .content(content)
        return nil
      case .body(let octets):
        state = .content(content)
        return .body(octets)
      case .end(let trailers):
        state = .head(SectionFinder(), sawEmptyLine: false)
        return .end(trailers)
      }
    case .head(var finder, let sawEmptyLine):
      if !sawEmptyLine, try !skipEmptyLine() { return nil }
      guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
      guard Octets.isToken(first) else { throw WireFault(first == Octets.lineFeed ? .lineEnd : .startLine) }
      let outcome = finder.find(in: buffer, limit: limits.maxHeadSize)
      state = .head(finder, sawEmptyLine: true)
      switch outcome {
      case .needsMore: return nil
      case .tooLarge: throw WireFault(finder.sawLine ? .headTooLarge : .targetTooLong)
      case .badLineEnd: throw WireFault(.lineEnd)
      case .found(let size):
        let (head, framing) = try RequestHeadParser.parse(buffer, size: size, limits: limits)
        buffer.moveReaderIndex(forwardBy: size)
        state = .content(ContentDecoder(framing, limits: limits))
        return .head(head, framing)
      }
    }
  }

  /// One empty line before a request is ignored (RFC 9112, section 2.2); a second one is not a request line.
  /// - Returns: whether there is nothing more to skip; else more octets are needed.
  private mutating func skipEmptyLine() throws(WireFault) -> Bool {
    guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return false }
    guard first == Octets.carriageReturn else { return true }
    guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else { return false }
    guard second == Octets.lineFeed else { throw WireFault(.lineEnd) }
    buffer.moveReaderIndex(forwardBy: 2)
    state = .head(SectionFinder(), sawEmptyLine: true)
    return true
  }
}
