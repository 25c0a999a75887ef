import NIOCore
import Testing

@testable import HTTPWire

/// The frames of RFC 6455, section 5: pure, in both roles.
@Suite struct FrameCodecTests {
  /// A frame by hand; the length is written as it is told.
  static func frame(
    _ first: UInt8, length: [UInt8]? = nil, _ payload: [UInt8] = [], toServer: Bool, key: [UInt8] = [1, 2, 3, 4]
  ) -> [UInt8] {
    var head = [first] + (length ?? [UInt8(payload.count)])
    guard toServer else { return head + payload }
    head[1] |= 0x80
    return head + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
  }

  /// What a decoder makes of octets, and the code of the violation.
  static func decode(
    _ octets: [UInt8], isServer: Bool, maxFrame: Int = .max, step: Int = .max
  ) -> (pieces: [WebSocketPiece], violation: UInt16?) {
    var decoder = FrameDecoder(isServer: isServer, maxFrame: maxFrame)
    var pieces: [WebSocketPiece] = []
    var rest = octets[...]
    repeat {
      let part = rest.prefix(step)
      rest = rest.dropFirst(part.count)
      decoder.append(ByteBuffer(bytes: part))
      do throws(FrameViolation) {
        while let piece = try decoder.next() { pieces.append(piece) }
      } catch {
        return (pieces, error.close.code)
      }
    } while !rest.isEmpty
    return (pieces, nil)
  }

  static func data(_ pieces: [WebSocketPiece]) -> [UInt8] {
    pieces.flatMap { piece in
      if case .data(_, let octets, _) = piece { Array(octets.readableBytesView) } else { [UInt8]() }
    }
  }

  static let broken: [(String, first: UInt8, length: [UInt8]?, payload: [UInt8], UInt16)] =
    [0x40, 0x20, 0x10].map { ("a reserved bit", 0x82 | UInt8($0), nil, [1], 1002) }
    + ([3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8]).map { ("a reserved opcode", 0x80 | $0, nil, [1], 1002) }
    + ([8, 9, 10] as [UInt8]).flatMap { opcode in
      [
        ("a control frame in fragments", opcode, nil, [], 1002),
        ("a long control frame", 0x80 | opcode, [126, 0, 126], [UInt8](repeating: 0, count: 126), 1002),
        ("a very long control frame", 0x80 | opcode, [127, 0, 0, 0, 0, 0, 1, 0, 0], [], 1002),
      ]
    }
    + [
      ("a length of 16 bits that fits 7", 0x82, [126, 0, 125], [UInt8](repeating: 0, count: 125), 1002),
      ("a length of 64 bits that fits 16", 0x82, [127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [], 1002),
      ("a length of 64 bits that is 0", 0x82, [127, 0, 0, 0, 0, 0, 0, 0, 0], [], 1002),
      ("a length with the top bit", 0x82, [127, 0x80, 0, 0, 0, 0, 1, 0, 0], [], 1002),
      ("a length of all bits", 0x82, [127] + [UInt8](repeating: 0xFF, count: 8), [], 1002),
      ("a continuation of nothing", 0x80, nil, [1], 1002),
      ("a continuation of nothing that goes on", 0x00, nil, [1], 1002),
      ("a close of one octet", 0x88, nil, [3], 1002),
      ("a close with half a character", 0x88, nil, [0x03, 0xE8, 0xC3], 1007),
    ]
    + ([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] as [UInt16]).map {
      ("a close code that must not be sent", 0x88, nil, [UInt8($0 >> 8), UInt8($0 & 0xFF)], 1002)
    }

  @Test(arguments: broken)
  func `a broken frame is refused in either role, however it comes`(
    name: String, first: UInt8, length: [UInt8]?, payload: [UInt8], code: UInt16
  ) {
    for isServer in [true, false] {
      let good = Self.frame(0x89, [7], toServer: isServer)
      let octets = Self.frame(first, length: length, payload, toServer: isServer)
      for step in [.max, 1, 3] {
        let (pieces, violation) = Self.decode(good + octets, isServer: isServer, step: step)
        #expect(pieces == [.ping(ByteBuffer(bytes: [7]))], "\(name)")
        #expect(violation == code, "\(name), server \(isServer), step \(step)")
      }
    }
  }

  @Test(arguments: [true, false]) func `a mask where none may be, and none where one must be`(isServer: Bool) {
    for opcode in [0x81, 0x82, 0x88, 0x89, 0x8A] as [UInt8] {
      #expect(Self.decode(Self.frame(opcode, toServer: !isServer), isServer: isServer).violation == 1002)
    }
  }

  @Test(arguments: [true, false]) func `a message inside another is refused, a control frame is not`(isServer: Bool) {
    let begin = Self.frame(0x01, [0x61], toServer: isServer)
    for opcode in [0x81, 0x02] as [UInt8] {
      let (pieces, violation) = Self.decode(
        begin + Self.frame(0x89, toServer: isServer) + Self.frame(opcode, [1], toServer: isServer), isServer: isServer)
      #expect(pieces == [.data(.text, ByteBuffer(bytes: [0x61]), isFinal: false), .ping(ByteBuffer())])
      #expect(violation == 1002)
    }
    let (pieces, violation) = Self.decode(
      begin + Self.frame(0x00, toServer: isServer) + Self.frame(0x80, [0x62], toServer: isServer)
        + Self.frame(0x82, [9], toServer: isServer), isServer: isServer)
    #expect(violation == nil)
    #expect(
      pieces == [
        .data(.text, ByteBuffer(bytes: [0x61]), isFinal: false), .data(.continuation, ByteBuffer(), isFinal: false),
        .data(.continuation, ByteBuffer(bytes: [0x62]), isFinal: true),
        .data(.binary, ByteBuffer(bytes: [9]), isFinal: true),
      ])
  }

  @Test func `a frame over the limit is refused by its head alone`() {
    for (length, limit) in [([126, 0x03, 0xE9], 1000), ([127, 0, 0, 0, 0, 4, 0, 0, 1], 1 << 26)] as [([UInt8], Int)] {
      for isServer in [true, false] {
        let head = Self.frame(0x82, length: length, toServer: isServer)
        #expect(
          Self.decode(Array(head.prefix(1 + length.count)), isServer: isServer, maxFrame: limit).violation == 1009)
        #expect(Self.decode(head, isServer: isServer, maxFrame: limit + 1).violation == nil)
      }
    }
  }

  @Test func `nothing comes after a close`() {
    for isServer in [true, false] {
      for payload in [[], [0x03, 0xE8], [0x03, 0xE8] + Array("bye".utf8)] as [[UInt8]] {
        let octets = Self.frame(0x88, payload, toServer: isServer)
        let (pieces, violation) = Self.decode(octets + octets + [0xFF, 0xFF], isServer: isServer)
        let code: UInt16 = payload.isEmpty ? 1005 : 1000
        #expect(pieces == [.close(code: code, reason: payload.count > 2 ? "bye" : "")])
        #expect(violation == nil)
      }
    }
  }

  static let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000]

  @Test(arguments: sizes, [true, false])
  func `what one role writes the other reads`(size: Int, toServer: Bool) {
    var encoder = FrameEncoder(isServer: !toServer)
    let payload = (0..<size).map { UInt8($0 &* 31 & 0xFF) }
    for split in [0, size / 3, size] {
      var out = ByteBuffer()
      let rest = encoder.encode(
        .binary, head: ByteBuffer(bytes: payload[..<split]), ByteBuffer(bytes: payload[split...]), into: &out)
      #expect(rest.isEmpty == (toServer || size - split < FrameEncoder.copyLimit))
      for part in rest { out.writeImmutableBuffer(part) }
      let octets = Array(out.readableBytesView)
      let lengthSize = size < 126 ? 0 : size < 65_536 ? 2 : 8
      #expect(octets.count == 2 + lengthSize + (toServer ? 4 : 0) + size)
      for step in size < 1000 ? [.max, 1, 7] : [.max, 4093] {
        let (pieces, violation) = Self.decode(octets, isServer: toServer, step: step)
        #expect(violation == nil)
        #expect(Self.data(pieces) == payload)
        if size <= FrameDecoder.relayLimit { #expect(pieces.count == 1) }
      }
    }
  }

  @Test(arguments: [true, false])
  func `a payload in parts is one frame`(toServer: Bool) {
    let sizes = [5, 9000, 3, 70_001, 0, 1]
    let parts = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ size) } }
    let buffers = parts.map { ByteBuffer(bytes: $0) }
    for wholeLimit in [FrameDecoder.relayLimit, 1 << 20] {
      var encoder = FrameEncoder(isServer: !toServer)
      var wire = ByteBuffer()
      let uncopied = encoder.encode(
        .binary, head: buffers[0], buffers[1], rest: Array(buffers.dropFirst(2)), into: &wire)
      #expect(uncopied.isEmpty == toServer)
      for part in uncopied { wire.writeImmutableBuffer(part) }
      var decoder = FrameDecoder(isServer: toServer, wholeLimit: wholeLimit)
      decoder.append(wire)
      var pieces: [WebSocketPiece] = []
      while let piece = try? decoder.next() { pieces.append(piece) }
      #expect(pieces.count == 1)
      #expect(Self.data(pieces) == Array(parts.joined()))
    }
  }

  @Test(arguments: [true, false])
  func `octets that nobody asked for in between do not spoil the next frame`(isServer: Bool) throws {
    var encoder = FrameEncoder(isServer: !isServer)
    var wire = ByteBuffer()
    let payloads = [[UInt8](repeating: 0x5A, count: 300), [UInt8](repeating: 0xA5, count: 200)]
    for payload in payloads { _ = encoder.encode(.binary, ByteBuffer(bytes: payload), into: &wire) }
    for step in [1, 7, 64, 250] {
      var decoder = FrameDecoder(isServer: isServer)
      var left = wire
      decoder.append(left.readSlice(length: 20) ?? ByteBuffer())
      #expect(try decoder.next() == nil)
      while let part = left.readSlice(length: min(step, left.readableBytes)), part.readableBytes > 0 {
        decoder.append(part)
      }
      var pieces: [WebSocketPiece] = []
      while let piece = try? decoder.next() { pieces.append(piece) }
      #expect(pieces == payloads.map { .data(.binary, ByteBuffer(bytes: $0), isFinal: true) })
    }
  }

  @Test func `a large frame comes in pieces, unmasked right wherever it is cut`() {
    let size = FrameDecoder.relayLimit + 33
    let payload = (0..<size).map { UInt8($0 &* 131 & 0xFF) }
    let length: [UInt8] = [127, 0, 0, 0, 0, 0, 1, 0, 33]
    let octets = Self.frame(0x81, length: length, payload, toServer: true, key: [0xA1, 0xB2, 0xC3, 0xD4])
    for cut in Array(0...40) + [14 + 4095, octets.count - 1] {
      for second in [1, 5, 8] where cut + second <= octets.count {
        var decoder = FrameDecoder(isServer: true)
        var pieces: [WebSocketPiece] = []
        for part in [octets[..<cut], octets[cut..<cut + second], octets[(cut + second)...]] {
          decoder.append(ByteBuffer(bytes: part))
          while let piece = try? decoder.next() { pieces.append(piece) }
          #expect(decoder.heldOctets <= 14)
        }
        #expect(Self.data(pieces) == payload)
        for (index, piece) in pieces.enumerated() {
          guard case .data(let opcode, let part, let isFinal) = piece else { return }
          #expect(opcode == (index == 0 ? .text : .continuation))
          #expect(isFinal == (index == pieces.count - 1))
          #expect(part.readableBytes > 0)
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func `frames that are wanted whole come so, wherever they are cut, and do not touch each other`(isServer: Bool) {
    let sizes = [3, 70_000, 0, 200_000, 65_536, 9]
    let payloads = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ size) } }
    var encoder = FrameEncoder(isServer: !isServer)
    var wire = ByteBuffer()
    for payload in payloads {
      let rest = encoder.encode(.binary, ByteBuffer(bytes: payload), into: &wire)
      for part in rest { wire.writeImmutableBuffer(part) }
    }
    for step in [1000, 65_536, 70_020, .max] {
      var decoder = FrameDecoder(isServer: isServer, wholeLimit: 200_000)
      var left = wire
      var pieces: [WebSocketPiece] = []
      while let part = left.readSlice(length: min(step, left.readableBytes)), part.readableBytes > 0 {
        decoder.append(part)
        while let piece = try? decoder.next() { pieces.append(piece) }
      }
      // They are looked at together, after the last one was unmasked.
      #expect(pieces == payloads.map { .data(.binary, ByteBuffer(bytes: $0), isFinal: true) })
      #expect(decoder.heldOctets == 0)
    }
  }

  @Test func `every prefix of a frame waits for more, and is held once`() throws {
    for isServer in [true, false] {
      let octets = Self.frame(0x82, length: [126, 1, 0], [UInt8](repeating: 5, count: 256), toServer: isServer)
      for count in 0..<octets.count {
        var decoder = FrameDecoder(isServer: isServer)
        decoder.append(ByteBuffer(bytes: octets[..<count]))
        #expect(try decoder.next() == nil)
        #expect(decoder.heldOctets == count)
      }
    }
  }

  @Test func `masks differ from frame to frame`() {
    var encoder = FrameEncoder(isServer: false)
    var keys: Set<[UInt8]> = []
    for _ in 0..<200 {
      var out = ByteBuffer()
      _ = encoder.encode(.text, ByteBuffer(string: "x"), into: &out)
      keys.insert(Array(out.readableBytesView[2..<6]))
    }
    #expect(keys.count > 190)
  }

  @Test func `a reason is cut at a character`() {
    let payload = FrameEncoder.payload(of: .init(code: 1000, reason: String(repeating: "é", count: 100)))
    #expect(payload.readableBytes == 2 + 122)
    #expect(FrameEncoder.payload(of: .init(code: 1005, reason: "x")).readableBytes == 0)
  }

  @Test func `text is checked over all its fragments, wherever it is cut`() throws {
    let text = "aß語😀z"
    let octets = Array(text.utf8)
    for cut in 0...octets.count {
      var assembler = MessageAssembler(maxMessage: 100)
      #expect(try assembler.receive(.text, ByteBuffer(bytes: octets[..<cut]), isFinal: false) == nil)
      #expect(try assembler.receive(.continuation, ByteBuffer(bytes: octets[cut...]), isFinal: true) == .text(text))
      #expect(throws: FrameViolation.self) {
        _ = try assembler.receive(.text, ByteBuffer(bytes: octets[..<cut] + [0xF0]), isFinal: false)
        _ = try assembler.receive(.continuation, ByteBuffer(bytes: octets[cut...]), isFinal: true)
      }
    }
  }
}
