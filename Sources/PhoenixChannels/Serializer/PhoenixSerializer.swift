package import HTTPWire
import NIOCore

/// Why a message cannot be put on the wire, or what came is not a message.
package struct SerializerError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The text is not JSON, or nests too deep.
    case notJSON
    /// The text is JSON, but not an array of five: two strings or nulls, two strings, any value.
    case wrongShape
    /// A binary message that ends too early.
    case truncated
    /// A kind of binary message that this side must not get.
    case unknownKind(UInt8)
    /// A string in a binary message is not UTF-8.
    case notUTF8
    /// A string in a binary message has more than 255 octets.
    case tooLong(field: String)
    /// A combination that has no form on the wire, like a binary reply from a client.
    case unrepresentable
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .notJSON: "The text message is not JSON, or nests too deep."
    case .wrongShape: "The text message is not [join_ref, ref, topic, event, payload]."
    case .truncated: "The binary message ends too early."
    case .unknownKind(let kind): "The binary message has kind \(kind), which is not expected here."
    case .notUTF8: "The binary message holds a string that is not UTF-8."
    case .tooLong(let field): "The \(field) has more than 255 octets, so it does not fit a binary message."
    case .unrepresentable: "The message has no form on the wire."
    }
  }

  package var description: String { sentence }
}

/// Serializer V2 of Phoenix Channels: text is a JSON array of five, binary has a layout for each direction.
package struct PhoenixSerializer: Sendable {
  package enum Role: Sendable {
    /// Encodes pushes (kind 0 with a ref); decodes pushes, replies and broadcasts.
    case client
    /// Encodes pushes (kind 0 without a ref), replies (kind 1) and broadcasts (kind 2: a push whose join_ref is
    /// nil); decodes pushes of a client.
    case server
  }

  package let role: Role

  package init(role: Role) {
    self.role = role
  }

  /// - Throws: ``SerializerError`` of the kinds `tooLong` and `unrepresentable`.
  package func encode(_ message: PhoenixMessage) throws(SerializerError) -> WebSocket.Message {
    try payload(of: message).message
  }

  /// The message as a WebSocket sends it with the fewest copies: binary data stay apart from their head.
  /// - Throws: as ``encode(_:)``.
  package func payload(of message: PhoenixMessage) throws(SerializerError) -> WebSocket.Payload {
    switch message.payload {
    case .json(let value): .text(utf8: text(message, value))
    case .binary(let octets, let rest): .binary(head: try binaryHead(message), body: octets, rest: rest)
    }
  }

  package func decode(_ message: WebSocket.Message) throws(SerializerError) -> PhoenixMessage {
    switch message {
    case .text(let text): try decode(text: text)
    case .binary(let octets): try decode(binary: octets)
    }
  }

  // MARK: Text

  private func text(_ message: PhoenixMessage, _ payload: JSONValue) -> ByteBuffer {
    var head = JSONWriter(capacity: 64)
    head.append(verbatim: "[")
    for part in [message.joinRef, message.ref, message.topic, message.event] {
      if let part { head.append(string: part) } else { head.append(verbatim: "null") }
      head.append(verbatim: ",")
    }
    let value = payload.octets
    var octets = ByteBufferAllocator().buffer(capacity: head.octets.count + value.count + 1)
    octets.writeBytes(head.octets)
    octets.writeBytes(value)
    octets.writeInteger(UInt8(ascii: "]"))
    return octets
  }

  private func decode(text: String) throws(SerializerError) -> PhoenixMessage {
    guard let value = try? JSONValue(parsing: text) else { throw SerializerError(.notJSON) }
    guard case .array(let parts) = value, parts.count == 5,
      case .string(let topic) = parts[2], case .string(let event) = parts[3],
      parts[0].isNull || parts[0].stringValue != nil, parts[1].isNull || parts[1].stringValue != nil
    else { throw SerializerError(.wrongShape) }
    return PhoenixMessage(
      joinRef: parts[0].stringValue, ref: parts[1].stringValue, topic: topic, event: event, json: parts[4])
  }
}
