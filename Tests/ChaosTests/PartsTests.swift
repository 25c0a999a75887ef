import NIOCore
import Testing

@testable import chaos

struct PartsTests {
  // MARK: - Content

  @Test func `content is known from its id and its place`() {
    let whole = SeededContent.whole(id: 7, size: 3_000_000)
    #expect(whole.readableBytes == 3_000_000)
    var content = SeededContent(id: 7, size: 3_000_000)
    var rest = whole
    while rest.readableBytes > 0, let part = rest.readSlice(length: min(70_001, rest.readableBytes)) {
      let isRight = content.accept(part)
      #expect(isRight)
    }
    #expect(content.position == 3_000_000)
  }

  @Test func `another exchange's content, a lost piece and one octet too many are seen`() throws {
    let whole = SeededContent.whole(id: 7, size: 1000)
    var other = SeededContent(id: 8, size: 1000)
    let isOwn = other.accept(whole)
    #expect(!isOwn)
    var gap = SeededContent(id: 7, size: 1000)
    let isBegin = gap.accept(try #require(whole.getSlice(at: 0, length: 100)))
    #expect(isBegin)
    let isNext = gap.accept(try #require(whole.getSlice(at: 200, length: 100)))
    #expect(!isNext)
    var short = SeededContent(id: 7, size: 999)
    let fits = short.accept(whole)
    #expect(!fits)
  }

  // MARK: - Errands

  @Test func `an errand is read from its target as it was written`() {
    var generator = SeededGenerator(seed: 1)
    for id in 0..<200 {
      let errand = Errand.draw(id: id, using: &generator)
      #expect(Errand(target: errand.target) == errand)
    }
    #expect(Errand(target: "/small/1") == nil)
    #expect(Errand(target: "/nothing/1?size=1&pause=1") == nil)
  }

  @Test func `every kind of errand is drawn`() {
    var generator = SeededGenerator(seed: 2)
    let kinds = Set((0..<1000).map { _ in ExchangeKind.draw(using: &generator) })
    #expect(kinds == Set(ExchangeKind.allCases))
  }

  // MARK: - Frames

  private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let length = payload.count
    let header: [UInt8] =
      switch length {
      case ..<126: [0x80 | opcode, UInt8(length)]
      case ..<65536: [0x80 | opcode, 126, UInt8(length >> 8), UInt8(length & 0xFF)]
      default: [0x80 | opcode, 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
      }
    return header + payload
  }

  private static let head = Array("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n".utf8)
  private static let beats = [
    #"[null,"4","phoenix","phx_reply",{"status":"ok","response":{}}]"#,
    #"["1",null,"telephone:chaos","heartbeat_ack",{"ts":1}]"#,
  ]

  @Test(arguments: [1, 2, 3, 7, 100, 1_000_000])
  func `octets come out as they went in, whatever the pieces, and heartbeats are found`(step: Int) {
    var octets = Self.head
    octets += Self.frame(2, Array(repeating: 7, count: 100_000))
    octets += Self.frame(1, Array(Self.beats[0].utf8))
    octets += Self.frame(1, Array(#"["1","1","telephone:chaos","phx_reply",{"status":"ok"}]"#.utf8))
    octets += Self.frame(2, Array(repeating: 9, count: 300))
    octets += Self.frame(1, Array(Self.beats[1].utf8))
    octets += Self.frame(1, Array(repeating: 0x20, count: 5000))
    var frames = ServerFrames()
    var pieces: [ServerFrames.Piece] = []
    for start in stride(from: 0, to: octets.count, by: step) {
      pieces += frames.take(ByteBuffer(bytes: octets[start..<min(start + step, octets.count)]))
    }
    #expect(pieces.flatMap { Array($0.octets.readableBytesView) } == octets)
    #expect(
      pieces.filter(\.isHeartbeat).map { String(buffer: $0.octets).drop { $0 != "[" } } == Self.beats.map { $0[...] })
    #expect(pieces.count(where: \.beginsFrame) == 6)
  }

  // MARK: - Figures

  @Test func `percentiles are nearest ranks`() {
    var times = Distribution()
    #expect(times.percentile(50) == .zero)
    for milliseconds in (1...100).shuffled() { times.add(.milliseconds(milliseconds)) }
    #expect(times.minimum == .milliseconds(1))
    #expect(times.percentile(50) == .milliseconds(50))
    #expect(times.percentile(99) == .milliseconds(99))
    #expect(times.maximum == .milliseconds(100))
  }

  @Test func `a footprint is back within its tolerance`() {
    var before = Footprint()
    (before.resident, before.descriptors) = (100 << 10, 15)
    var now = before
    now.resident += 25 << 10
    now.descriptors += Footprint.descriptorTolerance
    #expect(now.isBack(to: before))
    now.resident += 1
    #expect(!now.isBack(to: before))
    now.resident = 0
    now.descriptors += 1
    #expect(!now.isBack(to: before))
  }

  @Test func `the houses of a run share its losses`() {
    #expect(HouseShape.all(losses: 200, isShort: false).reduce(0) { $0 + $1.losses } == 200)
    #expect(HouseShape.all(losses: 1, isShort: false).reduce(0) { $0 + $1.losses } == 1)
    #expect(HouseShape.all(losses: 10, isShort: true).count == 1)
  }
}
