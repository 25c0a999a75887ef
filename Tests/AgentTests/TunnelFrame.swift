import NIOCore
import PhoenixChannels

/// A frame of protocol 2, put together and taken apart by hand.
struct TunnelFrame: Equatable {
  static let requestHead: UInt8 = 0x01
  static let responseHead: UInt8 = 0x02
  static let data: UInt8 = 0x03
  static let reset: UInt8 = 0x05
  static let credit: UInt8 = 0x06
  static let drain: UInt8 = 0x0A

  var kind: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload = ByteBuffer()

  var endsDirection: Bool { flags & 1 == 1 }

  /// A GET without a body.
  static func get(_ target: String, stream: UInt32) -> TunnelFrame {
    var payload = ByteBuffer()
    for text in ["GET", "http"] {
      payload.writeInteger(UInt8(text.utf8.count))
      payload.writeString(text)
    }
    for text in ["gateway", target] {
      payload.writeInteger(UInt16(text.utf8.count))
      payload.writeString(text)
    }
    payload.writeInteger(UInt8(0))
    payload.writeInteger(UInt16(0))
    return TunnelFrame(kind: requestHead, flags: 1, stream: stream, payload: payload)
  }

  var octets: ByteBuffer {
    var (octets, payload) = (ByteBuffer(), payload)
    octets.writeMultipleIntegers(kind, flags, stream, UInt32(payload.readableBytes))
    octets.writeBuffer(&payload)
    return octets
  }

  /// The frames of one message.
  static func all(in message: ByteBuffer) -> [TunnelFrame] {
    var (message, frames) = (message, [TunnelFrame]())
    while let (kind, flags, stream, length) = message.readMultipleIntegers(as: (UInt8, UInt8, UInt32, UInt32).self),
      let payload = message.readSlice(length: Int(length))
    {
      frames.append(TunnelFrame(kind: kind, flags: flags, stream: stream, payload: payload))
    }
    return frames
  }
}

extension GatewayEnd {
  /// A grant of protocol 2 with the defaults.
  static let protocol2: JSONValue = ["telephone": ["protocol": 2]]

  func push(_ frames: TunnelFrame..., joinRef: String?) async throws {
    var octets = ByteBuffer()
    for frame in frames {
      var frame = frame.octets
      octets.writeBuffer(&frame)
    }
    try await push(octets, joinRef: joinRef)
  }

  func push(_ octets: ByteBuffer, joinRef: String?) async throws {
    try await send(
      PhoenixMessage(joinRef: joinRef, topic: "telephone:p", event: "t2", payload: .binary(octets)))
  }

  /// Reads until an answer is whole.
  /// - Returns: its status and its octets.
  func answer(on stream: UInt32) async throws -> (status: UInt16, body: String) {
    var (status, body) = (UInt16(0), "")
    while true {
      let message = try await receive()
      for frame in TunnelFrame.all(in: message.binary ?? ByteBuffer()) where frame.stream == stream {
        switch frame.kind {
        case TunnelFrame.responseHead: status = frame.payload.getInteger(at: frame.payload.readerIndex) ?? 0
        case TunnelFrame.data: body += String(buffer: frame.payload)
        default: break
        }
        if frame.endsDirection { return (status, body) }
      }
    }
  }
}
