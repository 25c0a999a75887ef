import NIOCore

extension PhoenixSerializer {
  /// The first octet of a binary message.
  private enum Kind {
    static let push: UInt8 = 0
    static let reply: UInt8 = 1
    static let broadcast: UInt8 = 2
  }

  /// What stands before the data of a binary message. An absent join_ref or ref is written as an empty string; the
  /// binary layouts know no null.
  func binaryHead(_ message: PhoenixMessage) throws(SerializerError) -> ByteBuffer {
    let joinRef = (name: "join_ref", value: message.joinRef ?? "")
    let ref = (name: "ref", value: message.ref ?? "")
    let topic = (name: "topic", value: message.topic)
    let event = (name: "event", value: message.event)
    switch (role, message.binaryReplyStatus) {
    case (.client, nil):
      return try Self.head(Kind.push, [joinRef, ref, topic, event])
    case (.client, _?):
      throw SerializerError(.unrepresentable)
    case (.server, let status?):
      guard message.event == PhoenixEvent.reply else { throw SerializerError(.unrepresentable) }
      return try Self.head(Kind.reply, [joinRef, ref, topic, (name: "status", value: status)])
    case (.server, nil):
      guard message.ref == nil, message.event != PhoenixEvent.reply else { throw SerializerError(.unrepresentable) }
      return message.joinRef == nil
        ? try Self.head(Kind.broadcast, [topic, event])
        : try Self.head(Kind.push, [joinRef, topic, event])
    }
  }

  /// The payload is a slice of `octets`, not a copy.
  func decode(binary octets: ByteBuffer) throws(SerializerError) -> PhoenixMessage {
    var octets = octets
    guard let kind = octets.readInteger(as: UInt8.self) else { throw SerializerError(.truncated) }
    switch (role, kind) {
    case (.server, Kind.push):
      var head = try HeadReader(4, octets)
      return PhoenixMessage(
        joinRef: Self.present(try head.next()), ref: Self.present(try head.next()), topic: try head.next(),
        event: try head.next(), payload: .binary(head.rest))
    case (.client, Kind.push):
      var head = try HeadReader(3, octets)
      return PhoenixMessage(
        joinRef: Self.present(try head.next()), topic: try head.next(), event: try head.next(),
        payload: .binary(head.rest))
    case (.client, Kind.reply):
      var head = try HeadReader(4, octets)
      let (joinRef, ref, topic) = (Self.present(try head.next()), Self.present(try head.next()), try head.next())
      let status = try head.next()
      return PhoenixMessage(
        joinRef: joinRef, ref: ref, topic: topic, event: PhoenixEvent.reply, payload: .binary(head.rest),
        binaryReplyStatus: status)
    case (.client, Kind.broadcast):
      var head = try HeadReader(2, octets)
      return PhoenixMessage(topic: try head.next(), event: try head.next(), payload: .binary(head.rest))
    default:
      throw SerializerError(.unknownKind(kind))
    }
  }

  private static func head(
    _ kind: UInt8, _ strings: [(name: String, value: String)]
  ) throws(SerializerError) -> ByteBuffer {
    var size = 1 + strings.count
    for (_, value) in strings { size += value.utf8.count }
    var head = ByteBufferAllocator().buffer(capacity: size)
    head.writeInteger(kind)
    for (name, value) in strings {
      guard let size = UInt8(exactly: value.utf8.count) else { throw SerializerError(.tooLong(field: name)) }
      head.writeInteger(size)
    }
    for (_, value) in strings { head.writeString(value) }
    return head
  }

  /// Reads the strings of a head: first all their sizes are there, then all their octets.
  private struct HeadReader {
    private(set) var rest: ByteBuffer
    private var sizes: ByteBuffer

    init(_ count: Int, _ octets: ByteBuffer) throws(SerializerError) {
      rest = octets
      guard let sizes = rest.readSlice(length: count) else { throw SerializerError(.truncated) }
      self.sizes = sizes
    }

    mutating func next() throws(SerializerError) -> String {
      guard let size = sizes.readInteger(as: UInt8.self), let octets = rest.readSlice(length: Int(size)) else {
        throw SerializerError(.truncated)
      }
      guard let string = String(validating: octets.readableBytesView, as: UTF8.self) else {
        throw SerializerError(.notUTF8)
      }
      return string
    }
  }

  private static func present(_ text: String) -> String? { text.isEmpty ? nil : text }
}
