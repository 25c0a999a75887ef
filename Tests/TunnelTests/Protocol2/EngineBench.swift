import HTTPTypes
import NIOCore
import PhoenixChannels
import Testing

@testable import Tunnel

/// One side of a line, fed with frames by hand.
struct EngineBench {
  var engine: LineEngine

  init(_ role: LineRole, own: LineTerms = LineTerms(), peer: LineTerms = LineTerms(), growth: Int = 0) {
    engine = LineEngine(role: role, own: own, peer: peer, growth: growth) { .zero }
  }

  /// Streams 1 and 2 are open: 1 as asked for, 2 a GET without a body.
  static func withStreams(_ role: LineRole, _ head: RequestHeadFrame = .plain, upgrade: Bool = false) throws
    -> EngineBench
  {
    var bench = EngineBench(role)
    switch role {
    case .telephone:
      try bench.feed(.request(1, head, upgrade ? .upgrade : []), .request(2, .plain, .end))
    case .gateway:
      _ = try bench.engine.open(head, upgrade: upgrade, end: false)
      _ = try bench.engine.open(.plain, upgrade: false, end: true)
      _ = bench.sent()
    }
    bench.engine.signals = []
    return bench
  }

  mutating func feed(_ frames: Frame...) throws(LineFault) { try feed(frames) }

  mutating func feed(_ frames: [Frame]) throws(LineFault) {
    var message = ByteBuffer()
    for frame in frames { message.writeFrame(frame) }
    try engine.receive(message)
  }

  /// The next message; there must be one.
  mutating func message() throws -> ByteBuffer {
    let message = engine.takeMessage()?.joined
    return try #require(message)
  }

  /// All that the engine wants to send now.
  mutating func sent() -> [Frame] {
    var frames: [Frame] = []
    while let message = engine.takeMessage()?.joined { frames += Self.frames(message) }
    return frames
  }

  static func frames(_ message: ByteBuffer) -> [Frame] {
    var frames: [Frame] = []
    guard
      var decoder = try? FrameDecoder(message, terms: LineTerms(maxFrame: 32 << 20, maxMessage: 64 << 20))
    else { return [] }
    while let frame = try? decoder.next() { frames.append(frame) }
    return frames
  }

  /// What can be read on a stream without a wait.
  mutating func read(_ id: UInt32) -> [StreamEvent] {
    var events: [StreamEvent] = []
    while case .event(let event) = engine.next(id) { events.append(event) }
    return events
  }

  /// What the next read tells if there is nothing more.
  mutating func fault(_ id: UInt32) -> StreamFault? {
    _ = read(id)
    if case .fault(let fault) = engine.next(id) { return fault }
    return nil
  }
}

extension RequestHeadFrame {
  static let plain = RequestHeadFrame(method: .post, authority: "a.example")
}

extension Frame {
  static func request(_ stream: UInt32, _ head: RequestHeadFrame = .plain, _ flags: FrameFlags = []) -> Frame {
    var payload = ByteBuffer()
    _ = head.write(into: &payload)
    return Frame(.requestHead, flags: flags, stream: stream, payload: payload)
  }

  static func head(_ status: Int, _ stream: UInt32 = 1, _ fields: HTTPFields = [:], _ flags: FrameFlags = []) -> Frame {
    var payload = ByteBuffer()
    _ = ResponseHeadFrame(status: status, fields: fields).write(into: &payload)
    return Frame(.responseHead, flags: flags, stream: stream, payload: payload)
  }

  static func interim(_ status: Int, _ stream: UInt32 = 1, _ fields: HTTPFields = [:]) -> Frame {
    var frame = head(status, stream, fields)
    frame.kind = .interimHead
    return frame
  }

  static func data(_ text: String, _ stream: UInt32 = 1, end: Bool = false) -> Frame {
    Frame(.data, flags: end ? .end : [], stream: stream, payload: ByteBuffer(string: text))
  }

  static func trailers(_ fields: HTTPFields, _ stream: UInt32 = 1) -> Frame {
    var payload = ByteBuffer()
    _ = FieldSection.write(fields, into: &payload)
    return Frame(.trailers, stream: stream, payload: payload)
  }

  static func credit(_ octets: UInt32, _ stream: UInt32 = 1) -> Frame {
    Frame(.credit, stream: stream, payload: ByteBuffer(integer: octets))
  }

  static func coded(_ kind: FrameKind, _ code: UInt16, _ reason: String = "", _ stream: UInt32 = 1) -> Frame {
    var payload = ByteBuffer(integer: code)
    payload.writeString(reason)
    return Frame(kind, stream: stream, payload: payload)
  }

  static func reset(_ code: UInt16, _ stream: UInt32 = 1) -> Frame { coded(.reset, code, "", stream) }
  static func close(_ code: UInt16, _ reason: String = "") -> Frame { coded(.close, code, reason) }

  static func message(_ opcode: UInt8, _ text: String, more: Bool = false) -> Frame {
    var payload = ByteBuffer(integer: opcode)
    payload.writeString(text)
    return Frame(.message, flags: more ? .more : [], stream: 1, payload: payload)
  }

  static func raw(_ kind: UInt8, _ stream: UInt32 = 1, _ octets: [UInt8] = []) -> Frame {
    Frame(FrameKind(rawValue: kind), stream: stream, payload: ByteBuffer(bytes: octets))
  }

  /// The code of a RESET.
  var resetCode: UInt16? {
    guard kind == .reset else { return nil }
    return payload.getInteger(at: payload.readerIndex)
  }
}

extension FrameMessage {
  /// All its octets, as they travel.
  var joined: ByteBuffer {
    parts.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
  }

  var parts: [ByteBuffer] {
    guard case .binary(let first, let rest) = payload else { return [] }
    return [first] + rest
  }
}
