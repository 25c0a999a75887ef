import HTTPWire
import NIOCore
import TestSupport

/// A WebSocket by hand on one connection, frame by frame (RFC 6455, 5.2).
struct WireSocket: Sendable {
  struct WireFrame: Sendable, Equatable {
    var opcode: UInt8
    var isFinal = true
    var payload: ByteBuffer

    init(_ opcode: UInt8, _ text: String, isFinal: Bool = true) {
      self.init(opcode, ByteBuffer(string: text), isFinal: isFinal)
    }

    init(_ opcode: UInt8, _ payload: ByteBuffer, isFinal: Bool = true) {
      self.opcode = opcode
      self.isFinal = isFinal
      self.payload = payload
    }

    static func close(_ code: UInt16, _ reason: String) -> WireFrame {
      var payload = ByteBuffer(integer: code)
      payload.writeString(reason)
      return WireFrame(8, payload)
    }
  }

  let connection: RawConnection
  /// A client masks what it sends; with a key of zeros, which changes nothing.
  let isClient: Bool

  /// The handshake of a client.
  /// - Returns: the socket, and the head of the answer, whatever it is.
  static func connect(
    _ port: Int, _ target: String = "/call/p/", fields: [String] = []
  ) async throws -> (WireSocket, [String]) {
    let client = try await DoorClient.connect(port)
    try await client.send(
      "GET \(target)",
      [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
      ] + fields)
    return (WireSocket(connection: client.connection, isClient: true), try await client.head())
  }

  /// The handshake of a server: reads the request's head, and accepts.
  /// - Returns: the socket, and the lines of the request's head.
  static func accept(_ connection: RawConnection, fields: [String] = []) async throws -> (WireSocket, [String]) {
    let head = try await connection.read(until: "\r\n\r\n").split(separator: "\r\n").map(String.init)
    let name = "sec-websocket-key: "
    let key = head.first { $0.lowercased().hasPrefix(name) }?.dropFirst(name.utf8.count) ?? ""
    let lines =
      [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: \(WebSocketHandshake.accept(for: String(key)))",
      ] + fields
    try await connection.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
    return (WireSocket(connection: connection, isClient: false), head)
  }

  func send(_ frames: WireFrame...) async throws {
    var octets = ByteBuffer()
    for frame in frames {
      octets.writeInteger(frame.opcode | (frame.isFinal ? 0x80 : 0))
      let mask: UInt8 = isClient ? 0x80 : 0
      switch frame.payload.readableBytes {
      case let length where length < 126: octets.writeInteger(mask | UInt8(length))
      case let length where length <= 0xFFFF: octets.writeMultipleIntegers(mask | 126, UInt16(length))
      case let length: octets.writeMultipleIntegers(mask | 127, UInt64(length))
      }
      if isClient { octets.writeInteger(UInt32(0)) }
      octets.writeImmutableBuffer(frame.payload)
    }
    try await connection.write(octets)
  }

  func receive() async throws -> WireFrame {
    var head = try await connection.read(2)
    guard let (first, second) = head.readMultipleIntegers(as: (UInt8, UInt8).self) else {
      throw DoorClient.Malformed(line: "")
    }
    var length = Int(second & 0x7F)
    if length == 126 {
      var extended = try await connection.read(2)
      length = extended.readInteger(as: UInt16.self).map(Int.init) ?? 0
    } else if length == 127 {
      var extended = try await connection.read(8)
      length = extended.readInteger(as: UInt64.self).map { Int($0) } ?? 0
    }
    let key = second & 0x80 == 0 ? [] : Array(try await connection.read(4).readableBytesView)
    var payload = try await connection.read(length)
    if !key.isEmpty {
      payload = ByteBuffer(bytes: payload.readableBytesView.enumerated().map { $1 ^ key[$0 % 4] })
    }
    return WireFrame(first & 0x0F, payload, isFinal: first & 0x80 != 0)
  }

  /// Reads until so many data messages are whole.
  /// - Returns: the messages, however they were cut, and the control frames among them; each kind in its order.
  func messages(_ count: Int) async throws -> (data: [WireFrame], control: [WireFrame]) {
    var (data, control) = ([WireFrame](), [WireFrame]())
    while data.count < count || data.last?.isFinal == false {
      let frame = try await receive()
      if frame.opcode >= 8 {
        control.append(frame)
      } else if frame.opcode == 0, let last = data.indices.last {
        data[last].payload.writeImmutableBuffer(frame.payload)
        data[last].isFinal = frame.isFinal
      } else {
        data.append(frame)
      }
    }
    return (data, control)
  }

  /// A whole data message, however it was cut.
  func message() async throws -> (opcode: UInt8, octets: ByteBuffer) {
    var frame = try await receive()
    let opcode = frame.opcode
    var whole = frame.payload
    while !frame.isFinal {
      frame = try await receive()
      whole.writeImmutableBuffer(frame.payload)
    }
    return (opcode, whole)
  }
}
