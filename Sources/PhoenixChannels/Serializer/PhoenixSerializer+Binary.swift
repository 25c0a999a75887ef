import NIOCore

extension PhoenixSerializer {
  /// The first octet of a binary message.
  private enum Kind {
    static let push: UInt8 = 0
    static let reply: UInt8 = 1
    static let broadcast: UInt8 = 2
  }

  /// An absent join_ref or ref is written as an empty string; the binary layouts know no null.
  func binary(_ message: PhoenixMessage, _ data: ByteBuffer) throws(SerializerError) -> ByteBuffer {
    let joinRef = (name: "join_ref", value: message.joinRef ?? "")
    let ref = (name: "ref", value: message.ref ?? "")
    let topic = (name: "topic", value: message.topic)
    let event = (name: "event", value: message.event)
    switch (role, message.binaryReplyStatus) {
    case (.client, nil):
      return try Self.layout(Kind.push, [joinRef, ref, topic, event], data)
    case (.client, _?):
      throw SerializerError(.unrepresentable)
    case (.server, let status?):
      guard message.event == PhoenixEvent.reply else { throw SerializerError(.unrepresentable) }
      return try Self.layout(Kind.reply, [joinRef, ref, topic, (name: "status", value: status)], data)
    case (.server, nil):
      guard message.ref == nil, message.event != PhoenixEvent.reply else { throw SerializerError(.unrepresentable) }
      return message.joinRef == nil
        ? try Self.layout(Kind.broadcast, [topic, event], data)
        : try Self.layout(Kind.push, [joinRef, topic, event], data)
    }
  }

  func decode(binary octets: ByteBuffer) throws(SerializerError) -> PhoenixMessage {
    var octets = octets
    guard let kind = octets.readInteger(as: UInt8.self) else { throw SerializerError(.truncated) }
    switch (role, kind) {
    case (.server, Kind.push):
      let parts = try Self.strings(4, from: &octets)
      return PhoenixMessage(
        joinRef: Self.present(parts[0]), ref: Self.present(parts[1]), topic: parts[2], event: parts[3],
        payload: .binary(octets))
    case (.client, Kind.push):
      let parts = try Self.strings(3, from: &octets)
      return PhoenixMessage(
        joinRef: Self.present(parts[0]), topic: parts[1], event: parts[2], payload: .binary(octets))
    case (.client, Kind.reply):
      let parts = try Self.strings(4, from: &octets)
      return PhoenixMessage(
        joinRef: Self.present(parts[0]), ref: Self.present(parts[1]), topic: parts[2], event: PhoenixEvent.reply,
        payload: .binary(octets), binaryReplyStatus: parts[3])
    case (.client, Kind.broadcast):
      let parts = try Self.strings(2, from: &octets)
      return PhoenixMessage(topic: parts[0], event: parts[1], payload: .binary(octets))
    default:
      throw SerializerError(.unknownKind(kind))
    }
  }

  private static func layout(
    _ kind: UInt8, _ strings: [(name: String, value: String)], _ data: ByteBuffer
  ) throws(SerializerError) -> ByteBuffer {
    var buffer = ByteBuffer()
    let size = strings.reduce(1 + strings.count) { $0 + $1.value.utf8.count }
    buffer.reserveCapacity(size + data.readableBytes)
    buffer.writeInteger(kind)
    for (name, value) in strings {
      guard let size = UInt8(exactly: value.utf8.count) else { throw SerializerError(.tooLong(field: name)) }
      buffer.writeInteger(size)
    }
    for (_, value) in strings { buffer.writeString(value) }
    buffer.writeImmutableBuffer(data)
    return buffer
  }

  /// Reads `count` sizes, then the strings.
  private static func strings(_ count: Int, from octets: inout ByteBuffer) throws(SerializerError) -> [String] {
    guard let sizes = octets.readBytes(length: count) else { throw SerializerError(.truncated) }
    var strings: [String] = []
    strings.reserveCapacity(count)
    for size in sizes {
      guard let slice = octets.readSlice(length: Int(size)) else { throw SerializerError(.truncated) }
      guard let string = String(validating: slice.readableBytesView, as: UTF8.self) else {
        throw SerializerError(.notUTF8)
      }
      strings.append(string)
    }
    return strings
  }

  private static func present(_ text: String) -> String? { text.isEmpty ? nil : text }
}
