package import HTTPTypes
package import NIOCore

/// Reads the answers to requests, one after another (RFC 9112). It is as strict as ``RequestDecoder``, and is used in
/// the same way; each request is announced by ``expect(_:upgrade:)`` before its answer is read.
package struct ResponseDecoder: Sendable {
  package enum Part: Sendable, Equatable {
    /// An interim answer, 1xx but not 101. The answer itself is still to come.
    case interim(WireResponseHead)
    case head(WireResponseHead, ContentFraming)
    /// 101, or an answer 2xx to CONNECT: no more HTTP comes; what comes is taken by ``takeRest()``.
    case switching(WireResponseHead)
    /// Never empty.
    case body(ByteBuffer)
    /// The answer is whole; the trailer fields, if there were any.
    case end(HTTPFields?)
  }

  private struct Expected {
    var method: HTTPRequest.Method
    var upgrade: Bool
  }

  private enum State {
    case idle
    case head(SectionFinder, Expected)
    case content(ContentDecoder)
    case switched
    case failed(WireFault)
  }

  private let limits: HeadLimits
  private var state = State.idle
  private var buffer = ByteBuffer()

  package init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
  }

  /// Whether no answer is awaited, and no octet is left over: a kept connection must be so.
  package var isIdle: Bool {
    if case .idle = state { buffer.readableBytes == 0 } else { false }
  }

  /// Announces the request that the next answer belongs to. Its method decides whether the answer has content.
  /// - Parameter upgrade: whether the request asked to switch protocols; else 101 is a fault.
  /// - Throws: ``WireFault/Kind/unexpected`` when octets came that nobody asked for, or an answer is still awaited.
  package mutating func expect(_ method: HTTPRequest.Method, upgrade: Bool = false) throws(WireFault) {
    guard isIdle else { throw WireFault(.unexpected) }
    state = .head(SectionFinder(), Expected(method: method, upgrade: upgrade))
  }

  /// Adds octets that came. They are not copied when all before them were read.
  package mutating func append(_ octets: ByteBuffer) {
    if buffer.readableBytes == 0 {
      buffer = octets
    } else {
      buffer.writeImmutableBuffer(octets)
    }
  }

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
  /// - Returns: the end of an answer whose content lasts as long as the connection; nil between answers.
  /// - Throws: ``WireFault/Kind/truncated`` when an answer was cut off, or none came.
  package mutating func finish() throws(WireFault) -> Part? {
    switch state {
    case .failed(let fault): throw fault
    case .idle, .switched: return nil
    case .head: throw WireFault(.truncated)
    case .content(let content):
      guard content.endsWithConnection else { throw WireFault(.truncated) }
      state = .idle
      return .end(nil)
    }
  }

  /// Takes the octets that were not read: those behind the answer that switched protocols.
  package mutating func takeRest() -> ByteBuffer {
    defer { buffer = ByteBuffer() }
    return buffer
  }

  private mutating func read() throws(WireFault) -> Part? {
    switch state {
    case .failed(let fault): throw fault
    case .switched: return nil
    case .idle:
      guard buffer.readableBytes == 0 else { throw WireFault(.unexpected) }
      return nil
    case .content(var content):
      let part = try content.next(from: &buffer)
      state = .content(content)
      switch part {
      case nil: return nil
      case .body(let octets): return .body(octets)
      case .end(let trailers):
        state = .idle
        return .end(trailers)
      }
    case .head(var finder, let expected):
      guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
      guard first == UInt8(ascii: "H") else { throw WireFault(.startLine) }
      let outcome = finder.find(in: buffer, limit: limits.maxHeadSize)
      state = .head(finder, expected)
      switch outcome {
      case .needsMore: return nil
      case .tooLarge: throw WireFault(.headTooLarge)
      case .badLineEnd: throw WireFault(.lineEnd)
      case .found(let size):
        let (head, framing) = try ResponseHeadParser.parse(
          buffer, size: size, limits: limits, method: expected.method)
        buffer.moveReaderIndex(forwardBy: size)
        return try took(head, framing, expected)
      }
    }
  }

  private mutating func took(
    _ head: WireResponseHead, _ framing: ContentFraming, _ expected: Expected
  ) throws(WireFault) -> Part {
    switch head.status {
    case 101:
      guard expected.upgrade else { throw WireFault(.unexpected) }
      state = .switched
      return .switching(head)
    case 100...199:
      state = .head(SectionFinder(), expected)
      return .interim(head)
    case 200...299 where expected.method == .connect:
      state = .switched
      return .switching(head)
    default:
      state = .content(ContentDecoder(framing, limits: limits))
      return .head(head, framing)
    }
  }
}
