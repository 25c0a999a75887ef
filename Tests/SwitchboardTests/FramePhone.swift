import HTTPTypes
import HTTPWire
import NIOCore
import PhoenixChannels
import Tunnel

/// A telephone of protocol 2 by hand, frame by frame.
actor FramePhone {
  struct Ended: Error {}

  nonisolated let phone: Phone
  private let terms: LineTerms
  private var frames: [Frame] = []

  private init(_ phone: Phone, _ terms: LineTerms) {
    self.phone = phone
    self.terms = terms
  }

  /// Dials, and joins with join_ref 1, offering protocol 2.
  static func joined(_ port: Int, terms: LineTerms = LineTerms(), pathID: String = "p") async throws -> FramePhone {
    let phone = try await Phone.dial(port, pathID: pathID)
    let offer = LineOffer(pathID: pathID, terms: terms)
    try await phone.send("1", "1", "phx_join", ["telephone": offer.json(agent: "test")])
    guard try await phone.receive().contains(#""protocol":2"#) else { throw Ended() }
    return FramePhone(phone, terms)
  }

  /// Pushes frames in one message.
  nonisolated func push(_ frames: Frame...) async throws {
    var data = ByteBuffer()
    for frame in frames { data.writeFrame(frame) }
    try await push(data)
  }

  nonisolated func push(_ data: ByteBuffer, joinRef: String = "1") async throws {
    let message = PhoenixMessage(
      joinRef: joinRef, ref: "9", topic: "telephone:\(phone.pathID)", event: "t2", payload: .binary(data))
    try await phone.socket.send(try PhoenixSerializer(role: .client).encode(message))
  }

  /// The next frame, whatever it is.
  func next() async throws -> Frame {
    while frames.isEmpty {
      guard let message = try await phone.socket.receive() else { throw Ended() }
      guard case .binary = message else { continue }
      guard let data = try PhoenixSerializer(role: .client).decode(message).binary else { continue }
      var decoder = try FrameDecoder(data, terms: terms)
      while let frame = try decoder.next() { frames.append(frame) }
    }
    return frames.removeFirst()
  }

  /// The next frame of that kind; those before it are left out.
  func next(_ kind: FrameKind) async throws -> Frame {
    while true {
      let frame = try await next()
      if frame.kind == kind { return frame }
    }
  }

  /// The next request, with its stream.
  func request() async throws -> (stream: UInt32, head: RequestHeadFrame, flags: FrameFlags) {
    let frame = try await next(.requestHead)
    return (frame.stream, try RequestHeadFrame(frame.payload), frame.flags)
  }

  /// The next RESET: its stream, and its code.
  func reset() async throws -> (stream: UInt32, code: UInt16?) {
    let frame = try await next(.reset)
    return (frame.stream, frame.payload.getInteger(at: frame.payload.readerIndex))
  }

  /// Reads to the end of the socket, and says with what it was closed.
  nonisolated func closure() async -> UInt16? { await phone.closure() }
}

extension Frame {
  static func head(
    _ stream: UInt32, _ status: Int = 200, _ fields: HTTPFields = [:], ends: Bool = false,
    kind: FrameKind = .responseHead
  ) -> Frame {
    var payload = ByteBuffer()
    _ = ResponseHeadFrame(status: status, fields: fields).write(into: &payload)
    return Frame(kind, flags: ends ? .end : [], stream: stream, payload: payload)
  }

  static func data(_ stream: UInt32, _ text: String, ends: Bool = false) -> Frame {
    Frame(.data, flags: ends ? .end : [], stream: stream, payload: ByteBuffer(string: text))
  }

  static func reset(_ stream: UInt32, _ code: UInt16, _ reason: String = "") -> Frame {
    var payload = ByteBuffer(integer: code)
    payload.writeString(reason)
    return Frame(.reset, stream: stream, payload: payload)
  }

  static func credit(_ stream: UInt32, _ octets: UInt32) -> Frame {
    Frame(.credit, stream: stream, payload: ByteBuffer(integer: octets))
  }

  /// A frame with a payload as it stands.
  static func raw(_ kind: UInt8, _ stream: UInt32, _ payload: [UInt8] = [], flags: FrameFlags = []) -> Frame {
    Frame(FrameKind(rawValue: kind), flags: flags, stream: stream, payload: ByteBuffer(bytes: payload))
  }
}
