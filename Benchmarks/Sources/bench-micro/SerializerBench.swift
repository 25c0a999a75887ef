import NIOCore
import PhoenixChannels

/// Messages of Phoenix Channels with 1 KiB of body.
enum SerializerBench {
  static func run(in suite: inout Suite) throws {
    let server = PhoenixSerializer(role: .server)
    let client = PhoenixSerializer(role: .client)
    let text = PhoenixMessage(
      joinRef: "1", ref: "42", topic: "telephone:bench", event: "proxy_res",
      json: [
        "request_id": "00000000-0000-4000-8000-000000000000", "status": 200,
        "headers": ["content-type": "text/plain", "content-length": "1024"],
        "body": .string(String(repeating: "x", count: 1024)), "chunked": false,
      ])
    let binary = PhoenixMessage(
      joinRef: "1", ref: "42", topic: "telephone:bench", event: "t2",
      payload: .binary(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024)))
    let textOnWire = try client.encode(text)
    let binaryOnWire = try client.encode(binary)
    try suite.run("serializer, encode 1 KiB of text", count: 5000) { _ = try client.encode(text) }
    try suite.run("serializer, decode 1 KiB of text", count: 5000) { _ = try server.decode(textOnWire) }
    try suite.run("serializer, encode 1 KiB of binary", count: 5000) { _ = try client.encode(binary) }
    try suite.run("serializer, decode 1 KiB of binary", count: 5000) { _ = try server.decode(binaryOnWire) }
  }
}
