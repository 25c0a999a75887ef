import HTTPWire
import NIOCore
import PhoenixChannels
import Testing

@Suite struct PhoenixSerializerTests {
  let client = PhoenixSerializer(role: .client)
  let server = PhoenixSerializer(role: .server)

  static let texts: [(String, PhoenixMessage)] = [
    (
      #"["1","1","t","phx_join",{}]"#,
      PhoenixMessage(joinRef: "1", ref: "1", topic: "t", event: "phx_join", json: [:])
    ),
    (
      #"["1","2","t","phx_reply",{"response":{"a":1},"status":"ok"}]"#,
      PhoenixReply(status: "ok", json: ["a": 1]).message(joinRef: "1", ref: "2", topic: "t")
    ),
    (#"["1",null,"t","e",{"x":[]}]"#, PhoenixMessage(joinRef: "1", topic: "t", event: "e", json: ["x": []])),
    (#"[null,null,"t","e","s"]"#, PhoenixMessage(topic: "t", event: "e", json: "s")),
    (
      #"[null,"7","phoenix","heartbeat",{}]"#, PhoenixMessage(ref: "7", topic: "phoenix", event: "heartbeat", json: [:])
    ),
  ]

  @Test(arguments: texts) func `a text message is read and written by both roles`(
    text: String, message: PhoenixMessage
  ) throws {
    for serializer in [client, server] {
      #expect(try serializer.encode(message) == .text(text))
      #expect(try serializer.decode(.text(text)) == message)
    }
  }

  @Test(arguments: [
    ("", SerializerError.Kind.notJSON), ("[", .notJSON), (String(repeating: "[", count: 200), .notJSON),
    ("{}", .wrongShape), ("[]", .wrongShape), (#"["1","1","t","e"]"#, .wrongShape),
    (#"["1","1","t","e",{},1]"#, .wrongShape), (#"[1,"1","t","e",{}]"#, .wrongShape),
    (#"["1",1,"t","e",{}]"#, .wrongShape), (#"["1","1",null,"e",{}]"#, .wrongShape),
    (#"["1","1","t",{},{}]"#, .wrongShape),
  ])
  func `malformed text is refused`(text: String, kind: SerializerError.Kind) {
    for serializer in [client, server] {
      let error = #expect(throws: SerializerError.self) { try serializer.decode(.text(text)) }
      #expect(error?.kind == kind)
    }
  }

  static let data = ByteBuffer(bytes: [0xDE, 0xAD])

  @Test func `a client's binary push has its ref, and only a server reads it`() throws {
    let message = PhoenixMessage(joinRef: "12", ref: "3", topic: "top", event: "ev", payload: .binary(Self.data))
    let octets = ByteBuffer(bytes: [0, 2, 1, 3, 2] + Array("123topev".utf8) + [0xDE, 0xAD])
    #expect(try client.encode(message) == .binary(octets))
    #expect(try server.decode(.binary(octets)) == message)
  }

  static let binaries: [(PhoenixMessage, [UInt8])] = [
    (
      PhoenixMessage(joinRef: "12", topic: "top", event: "ev", payload: .binary(data)),
      [0, 2, 3, 2] + Array("12topev".utf8) + [0xDE, 0xAD] as [UInt8]
    ),
    (
      PhoenixReply(status: "ok", response: .binary(data)).message(joinRef: "12", ref: "3", topic: "top"),
      [1, 2, 1, 3, 2] + Array("123topok".utf8) + [0xDE, 0xAD] as [UInt8]
    ),
    (
      PhoenixMessage(topic: "top", event: "ev", payload: .binary(data)),
      [2, 3, 2] + Array("topev".utf8) + [0xDE, 0xAD] as [UInt8]
    ),
    (PhoenixMessage(topic: "", event: "", payload: .binary(ByteBuffer())), [2, 0, 0]),
  ]

  @Test(arguments: binaries)
  func `a server's binary push, reply and broadcast are read by a client`(
    message: PhoenixMessage, octets: [UInt8]
  ) throws {
    #expect(try server.encode(message) == .binary(ByteBuffer(bytes: octets)))
    #expect(try client.decode(.binary(ByteBuffer(bytes: octets))) == message)
  }

  @Test func `a binary reply gives its status and response`() throws {
    let octets = ByteBuffer(bytes: [1, 0, 1, 1, 5] + Array("3terror".utf8) + [9])
    let reply = PhoenixReply(try client.decode(.binary(octets)))
    #expect(reply == PhoenixReply(status: "error", response: .binary(ByteBuffer(bytes: [9]))))
  }

  static let malformed: [(PhoenixSerializer.Role, [UInt8], SerializerError.Kind)] = [
    (.client, [], .truncated),
    (.client, [0], .truncated), (.client, [0, 1, 1], .truncated), (.client, [0, 0, 3, 0, 0x61], .truncated),
    (.client, [1, 0, 0, 0], .truncated), (.client, [2, 1], .truncated), (.client, [2, 0, 255, 0x61], .truncated),
    (.client, [3, 0, 0, 0, 0], .unknownKind(3)), (.client, [2, 1, 0, 0xFF], .notUTF8),
    (.server, [], .truncated), (.server, [0, 0, 0, 0], .truncated), (.server, [0, 0, 0, 0, 1], .truncated),
    (.server, [0, 0, 0, 1, 0, 0xC3], .notUTF8), (.server, [1, 0, 0, 0, 0], .unknownKind(1)),
    (.server, [2, 0, 0], .unknownKind(2)), (.server, [255], .unknownKind(255)),
  ]

  @Test(arguments: malformed)
  func `a malformed binary message is refused`(
    role: PhoenixSerializer.Role, octets: [UInt8], kind: SerializerError.Kind
  ) {
    let error = #expect(throws: SerializerError.self) {
      try PhoenixSerializer(role: role).decode(.binary(ByteBuffer(bytes: octets)))
    }
    #expect(error?.kind == kind)
  }

  @Test func `every truncation of a head is refused`() {
    let octets: [UInt8] = [0, 2, 1, 3, 2] + Array("123topev".utf8)
    for count in 0..<octets.count {
      #expect(throws: SerializerError.self) {
        try server.decode(.binary(ByteBuffer(bytes: octets.prefix(count))))
      }
    }
  }

  @Test func `a string of 255 octets fits a binary message, one more does not`() throws {
    for (name, path) in [
      ("join_ref", \PhoenixMessage.joinRef), ("ref", \PhoenixMessage.ref),
    ] as [(String, WritableKeyPath<PhoenixMessage, String?>)] {
      var message = PhoenixMessage(topic: "t", event: "e", payload: .binary(Self.data))
      message[keyPath: path] = String(repeating: "x", count: 255)
      #expect(try server.decode(client.encode(message)) == message)
      message[keyPath: path] = String(repeating: "x", count: 256)
      let error = #expect(throws: SerializerError.self) { try client.encode(message) }
      #expect(error?.kind == .tooLong(field: name))
    }
    for (name, path) in [
      ("topic", \PhoenixMessage.topic), ("event", \PhoenixMessage.event),
    ] as [(String, WritableKeyPath<PhoenixMessage, String>)] {
      var message = PhoenixMessage(topic: "t", event: "e", payload: .binary(Self.data))
      message[keyPath: path] = String(repeating: "é", count: 128)
      for serializer in [client, server] {
        let error = #expect(throws: SerializerError.self) { try serializer.encode(message) }
        #expect(error?.kind == .tooLong(field: name))
      }
    }
  }

  @Test func `what has no binary form is not written`() {
    let reply = PhoenixReply(status: "ok", response: .binary(Self.data)).message(joinRef: nil, ref: "1", topic: "t")
    #expect(throws: SerializerError(.unrepresentable)) { try client.encode(reply) }
    let push = PhoenixMessage(joinRef: "1", ref: "2", topic: "t", event: "e", payload: .binary(Self.data))
    #expect(throws: SerializerError(.unrepresentable)) { try server.encode(push) }
  }

  @Test func `a payload that was written before stands in the message as it is`() throws {
    var writer = JSONWriter()
    writer.append(["b": [1, nil, "\"\n"], "a": [:]])
    let message = PhoenixMessage(joinRef: "1", topic: "t", event: "e", json: .written(writer.octets))
    #expect(try client.encode(message) == .text(#"["1",null,"t","e",{"a":{},"b":[1,null,"\"\n"]}]"#))
  }

  @Test func `binary data are neither copied to be sent nor when they are read`() throws {
    let data = ByteBuffer(repeating: 7, count: 10_000)
    let message = PhoenixMessage(joinRef: "1", ref: "2", topic: "t", event: "t2", payload: .binary(data))
    let payload = try client.payload(of: message)
    #expect(payload.head == ByteBuffer(bytes: [0, 1, 1, 1, 2] + Array("12tt2".utf8)))
    #expect(address(payload.body) == address(data))
    guard case .binary(let octets) = payload.message, let read = try server.decode(.binary(octets)).binary else {
      return
    }
    #expect(read == data)
    #expect(address(read) == address(octets).map { $0 + payload.head.readableBytes })
  }

  private func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
    buffer.withUnsafeReadableBytes { $0.baseAddress }
  }

  @Test func `a reply needs a status`() {
    func reply(_ event: String, _ payload: JSONValue) -> PhoenixReply? {
      PhoenixReply(PhoenixMessage(ref: "1", topic: "t", event: event, json: payload))
    }
    #expect(reply("phx_reply", ["status": "ok"]) == PhoenixReply(status: "ok", json: [:]))
    #expect(reply("phx_reply", ["status": "error", "response": ["reason": "no"]])?.reason == "no")
    #expect(reply("phx_reply", ["status": 1]) == nil)
    #expect(reply("phx_reply", nil) == nil)
    #expect(reply("other", ["status": "ok"]) == nil)
  }

  @Test(arguments: [
    ("ws://h:1/s/websocket", "ws://h:1/s/websocket?token=a%2Bb%2F%3D%26&vsn=2.0.0"),
    ("wss://h/s?x=1", "wss://h/s?x=1&token=a%2Bb%2F%3D%26&vsn=2.0.0"),
    ("ws://h?#f", "ws://h?token=a%2Bb%2F%3D%26&vsn=2.0.0"),
  ])
  func `the socket's URL holds the token and does not show it`(gateway: String, expected: String) {
    let url = SocketURL(gateway: gateway, token: "a+b/=&")
    #expect(url.secretURL == expected)
    #expect(!"\(url) \(String(reflecting: url))".contains("a%2Bb"))
    #expect(gateway.hasPrefix(url.description))
  }
}
