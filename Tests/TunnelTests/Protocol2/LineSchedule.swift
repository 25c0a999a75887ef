import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit

@testable import Tunnel

/// Two engines against each other, in an order that a seed chooses: delays, splits, slow readers, resets, drains, losses.
struct LineSchedule {
  struct Broken: Error, CustomStringConvertible {
    var description: String
  }

  /// What the test knows of one stream on one side.
  struct Track {
    var isOpen = false
    var isReleased = false
    var hasHead = false
    var isInMessage = false
    var isSent = false
    var hasEnded = false
    var hasReset = false
    var isRead = false
    var wasBrokenOff = false
    var ends = 0
    var written = 0
    var read = 0
    var used = 0
    var granted = 0
  }

  /// The header of a frame that passes, and the credit in it.
  struct Passing {
    var kind: UInt8
    var flags: UInt8
    var stream: Int
    var length: Int
    var credit: Int
  }

  struct Side {
    var engine: LineEngine
    /// Messages on their way to the other side.
    var wire: [(message: ByteBuffer, frames: [Passing])] = []
    var tracks: [Track]
  }

  private static let pattern = ByteBuffer(bytes: (0..<1 << 19).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 5) })
  private static let gateway = 0
  private static let telephone = 1

  private var random: Seeded
  private let growth: Int
  private var sides: [Side]
  private var isWebSocket: [Bool]
  /// Octets that each side means to send, by stream.
  private var sizes: [[Int]]
  private var opened = 0
  private let count: Int
  private let scale: Int
  private(set) var octetsRead = 0

  /// - Parameter scale: of all sizes: 1 for frames and bodies of some tens of octets.
  init(seed: UInt64, scale: Int = 1) {
    var random = Seeded(state: seed)
    let count = Int.random(in: 1...3, using: &random)
    let growth = Bool.random(using: &random) ? 0 : 300 * scale
    let ticks = Ticks()
    func terms() -> LineTerms {
      let frame = Int.random(in: 20...160, using: &random) * scale
      return LineTerms(
        maxFrame: frame, maxMessage: frame + 10 + Int.random(in: 0...400, using: &random) * scale,
        streamCredit: Int.random(in: 48...160, using: &random) * scale,
        maxStreams: Int.random(in: 2...6, using: &random))
    }
    // Heads need larger frames than bodies; both sides are given room for the small ones that are used here.
    let own = [terms(), terms()].map {
      LineTerms(
        maxFrame: max($0.maxFrame, 64), maxMessage: max($0.maxMessage, 74), streamCredit: $0.streamCredit,
        maxStreams: $0.maxStreams)
    }
    let tracks = Array(repeating: Track(), count: count + 1)
    sides = [LineRole.gateway, .telephone].enumerated().map { side, role -> Side in
      var tracks = tracks
      for id in tracks.indices { tracks[id].granted = own[1 - side].streamCredit }
      return Side(
        engine: LineEngine(role: role, own: own[side], peer: own[1 - side], growth: growth) { ticks.next() },
        tracks: tracks)
    }
    sizes = (0..<2).map { _ in (0...count).map { _ in Int.random(in: 0...120 * scale, using: &random) } }
    isWebSocket = (0...count).map { _ in Int.random(in: 0..<4, using: &random) == 0 }
    self.count = count
    self.scale = scale
    self.growth = growth
    self.random = random
  }

  mutating func run() throws {
    let steps = Int.random(in: 15...50, using: &random)
    for _ in 0..<steps { try step() }
    if Int.random(in: 0..<8, using: &random) == 0 {
      for side in 0..<2 {
        sides[side].engine.lose()
        try settleSignals(side)
        sides[side].wire.removeAll()
      }
    }
    try windDown()
    try checkEnds()
  }

  // MARK: - Steps

  private mutating func step() throws {
    let side = Int.random(in: 0..<2, using: &random)
    let id = Int.random(in: 1...count, using: &random)
    switch Int.random(in: 0..<64, using: &random) {
    case 0..<10: try open()
    case 10..<24: try send(side, id)
    case 24..<38: try read(side, id)
    case 38..<50: try take(side)
    case 50..<62: try deliver(side)
    case 62:
      guard sides[side].tracks[id].isOpen else { return }
      if Bool.random(using: &random) {
        sides[side].engine.reset(UInt32(id), .internal, "")
      } else {
        release(side, id)
      }
      try settleSignals(side)
    default:
      if Int.random(in: 0..<8, using: &random) == 0 { sides[side].engine.drain() }
    }
  }

  private mutating func open() throws {
    guard opened < count else { return }
    let id = opened + 1
    let head = RequestHeadFrame(method: .post, authority: "h")
    let end = !isWebSocket[id] && sizes[Self.gateway][id] == 0
    let new: UInt32
    do throws(OpenFault) {
      new = try sides[Self.gateway].engine.open(head, upgrade: isWebSocket[id], end: end)
    } catch {
      guard error.kind != .headTooLarge else { throw Broken(description: "\(error)") }
      return
    }
    guard new == UInt32(id) else { throw Broken(description: "opened \(new), not \(id)") }
    opened += 1
    sides[Self.gateway].tracks[id].isOpen = true
    sides[Self.gateway].tracks[id].isSent = end
  }

  private mutating func send(_ side: Int, _ id: Int) throws {
    let track = sides[side].tracks[id]
    guard track.isOpen, !track.isReleased, !track.isSent else { return }
    do throws(StreamFault) {
      try offer(side, id)
    } catch {
      // It was reset, lost, or the telephone's handshake is not through yet.
      if error.code != .internal || sides[side].engine.table[UInt32(id)]?.isOver != false {
        sides[side].tracks[id].isSent = true
        sides[side].tracks[id].wasBrokenOff = true
      }
    }
    try settleSignals(side)
  }

  private mutating func offer(_ side: Int, _ id: Int) throws(StreamFault) {
    let stream = UInt32(id)
    let isOpenSocket = sides[side].engine.table[stream]?.state.webSocket == .open
    if side == Self.telephone, !sides[side].tracks[id].hasHead {
      try sides[side].engine.send(head: ResponseHeadFrame(status: isWebSocket[id] ? 101 : 200), on: stream)
      sides[side].tracks[id].hasHead = true
      return
    }
    if isWebSocket[id], side == Self.gateway, !isOpenSocket { return try checkFault(side, stream) }
    let written = sides[side].tracks[id].written
    let left = sizes[side][id] - written
    let size = left == 0 ? 0 : Int.random(in: 1...min(left, 90 * scale), using: &random)
    let part = Self.pattern.getSlice(at: written + id * 37 + side, length: size) ?? ByteBuffer()
    let admission: Admission
    if isWebSocket[id] {
      let isFinal = left == size || Bool.random(using: &random)
      if left == 0, !sides[side].tracks[id].isInMessage {
        admission = try sides[side].engine.send(.close(code: 1000, reason: "bye"), on: stream)
        if admission != .full { sides[side].tracks[id].isSent = true }
        return
      }
      let opcode = sides[side].tracks[id].isInMessage ? WebSocketFrame.Opcode.continuation : .binary
      admission = try sides[side].engine.send(.data(opcode, part, isFinal: isFinal), on: stream)
      if admission != .full { sides[side].tracks[id].isInMessage = !isFinal }
    } else if left == 0 {
      let trailers: HTTPFields? = Bool.random(using: &random) ? [.eTag: "t"] : nil
      admission = try sides[side].engine.sendEnd(trailers, on: stream)
      sides[side].tracks[id].isSent = true
    } else {
      admission = try sides[side].engine.send(part, on: stream)
    }
    if admission != .full { sides[side].tracks[id].written += size }
  }

  private func checkFault(_ side: Int, _ stream: UInt32) throws(StreamFault) {
    if let fault = sides[side].engine.table[stream]?.fault { throw fault }
  }

  private mutating func read(_ side: Int, _ id: Int) throws {
    guard sides[side].tracks[id].isOpen, !sides[side].tracks[id].isReleased else { return }
    switch sides[side].engine.next(UInt32(id)) {
    case .wait: return
    case .over:
      guard sides[side].tracks[id].isRead else { throw Broken(description: "\(side)/\(id) is over without an end") }
    case .fault:
      sides[side].tracks[id].isRead = true
      sides[side].tracks[id].wasBrokenOff = true
    case .event(let event):
      guard !sides[side].tracks[id].isRead else { throw Broken(description: "\(side)/\(id) goes on after its end") }
      switch event {
      case .interim, .head: break
      case .data(let octets), .frame(.data(_, let octets, _)): try check(octets, side, id)
      case .end, .frame(.close):
        sides[side].tracks[id].isRead = true
        guard sides[side].tracks[id].read == sizes[1 - side][id] else {
          throw Broken(description: "\(side)/\(id) ended after \(sides[side].tracks[id].read) octets")
        }
      case .frame: throw Broken(description: "\(side)/\(id) has a control frame that nobody sent")
      }
    }
  }

  /// In order and once: what comes is what the pattern has next. Parts may be joined, not beyond what was written.
  private mutating func check(_ octets: ByteBuffer, _ side: Int, _ id: Int) throws {
    let read = sides[side].tracks[id].read
    guard read + octets.readableBytes <= sides[1 - side].tracks[id].written else {
      throw Broken(description: "\(side)/\(id) reads more than was sent")
    }
    let expected = Self.pattern.getSlice(at: read + id * 37 + 1 - side, length: octets.readableBytes)
    guard octets == expected else { throw Broken(description: "\(side)/\(id) has wrong octets from \(read) on") }
    sides[side].tracks[id].read += octets.readableBytes
    octetsRead += octets.readableBytes
  }

  // MARK: - The wire

  private mutating func take(_ side: Int) throws {
    guard let message = sides[side].engine.takeMessage()?.joined else { return }
    let peer = sides[side].engine.peer
    guard message.readableBytes <= peer.maxMessage else { throw Broken(description: "a message is too long") }
    let frames = Self.frames(message)
    for frame in frames {
      guard frame.length <= peer.maxFrame else { throw Broken(description: "a frame is too long") }
      try note(frame, from: side)
    }
    sides[side].wire.append((message, frames))
    try settleSignals(side)
  }

  private static func frames(_ message: ByteBuffer) -> [Passing] {
    message.withUnsafeReadableBytes { octets in
      func number(_ range: Range<Int>) -> Int { range.reduce(0) { $0 << 8 | Int(octets[$1]) } }
      var frames: [Passing] = []
      var at = 0
      while at + 10 <= octets.count {
        let length = number(at + 6..<at + 10)
        let isCredit = octets[at] == FrameKind.credit.rawValue
        frames.append(
          Passing(
            kind: octets[at], flags: octets[at + 1], stream: number(at + 2..<at + 6), length: length,
            credit: isCredit ? number(at + 10..<at + 14) : 0))
        at += 10 + length
      }
      return frames
    }
  }

  private mutating func note(_ frame: Passing, from side: Int) throws {
    let id = frame.stream
    let kind = FrameKind(rawValue: frame.kind)
    guard id > 0 else { return }
    guard !sides[side].tracks[id].hasReset else { throw Broken(description: "\(side)/\(id) sends after RESET") }
    let isBody = kind == .data || kind == .message
    if isBody, frame.length > 0 {
      sides[side].tracks[id].used += Frame.headerSize + frame.length
      guard sides[side].tracks[id].used <= sides[side].tracks[id].granted else {
        throw Broken(description: "\(side)/\(id) sends more than its credit")
      }
    }
    let ends = kind == .trailers || kind == .close || kind != .message && frame.flags & 1 == 1
    if sides[side].tracks[id].hasEnded, isBody || ends { throw Broken(description: "\(side)/\(id) sends after END") }
    if ends { sides[side].tracks[id].hasEnded = true }
    if kind == .reset { sides[side].tracks[id].hasReset = true }
  }

  private mutating func deliver(_ side: Int) throws {
    guard !sides[side].wire.isEmpty else { return }
    let (message, frames) = sides[side].wire.removeFirst()
    let other = 1 - side
    for frame in frames where frame.credit > 0 { sides[other].tracks[frame.stream].granted += frame.credit }
    try sides[other].engine.receive(message)
    try settleSignals(other)
    let engine = sides[other].engine
    guard engine.unread <= engine.table.held * engine.own.streamCredit + growth else {
      throw Broken(description: "\(other) holds \(engine.unread) octets")
    }
  }

  private mutating func settleSignals(_ side: Int) throws {
    for signal in sides[side].engine.signals {
      switch signal {
      case .opened(let id, _, _, _): sides[side].tracks[Int(id)].isOpen = true
      case .ended(let id, let fault):
        sides[side].tracks[Int(id)].ends += 1
        guard sides[side].tracks[Int(id)].ends == 1 else { throw Broken(description: "\(side)/\(id) ended twice") }
        guard fault.code != .flowControl, fault.code != .malformed, fault.code != .unknownKind else {
          throw Broken(description: "\(side)/\(id): \(fault.sentence)")
        }
      case .readable, .taken, .peerDrains: break
      }
    }
    sides[side].engine.signals.removeAll(keepingCapacity: true)
  }

  private mutating func release(_ side: Int, _ id: Int) {
    guard sides[side].tracks[id].isOpen, !sides[side].tracks[id].isReleased else { return }
    sides[side].engine.release(UInt32(id))
    sides[side].tracks[id].isReleased = true
  }

  // MARK: - The end

  /// All that was begun goes on, until everybody has said and read all.
  private mutating func windDown() throws {
    for _ in 0..<600 {
      var isQuiet = true
      for side in 0..<2 {
        for id in 1...count where sides[side].tracks[id].isOpen && !sides[side].tracks[id].isReleased {
          isQuiet = false
          try send(side, id)
          for _ in 0..<4 where !sides[side].tracks[id].isRead { try read(side, id) }
          let track = sides[side].tracks[id]
          if track.isRead, track.isSent || track.wasBrokenOff,
            side == Self.gateway || track.hasHead || track.wasBrokenOff
          {
            release(side, id)
          }
        }
        try settleSignals(side)
        while sides[side].engine.hasOutput {
          isQuiet = false
          try take(side)
        }
        while !sides[side].wire.isEmpty {
          isQuiet = false
          try deliver(side)
        }
      }
      if isQuiet { return }
    }
    throw Broken(description: "it does not come to an end")
  }

  private func checkEnds() throws {
    for (name, side) in zip(["gateway", "telephone"], sides) {
      guard side.engine.table.held == 0, side.engine.table.open == 0 else {
        throw Broken(description: "the \(name) holds \(side.engine.table.held) streams, \(side.engine.table.open) open")
      }
      guard side.engine.budget.used == 0 else { throw Broken(description: "the \(name) kept \(side.engine.budget)") }
    }
  }
}

/// A clock that goes on by a millisecond with each look.
private final class Ticks: Sendable {
  private let count = Mutex(0)
  func next() -> Duration {
    .milliseconds(
      count.withLock { count in
        count += 1
        return count
      })
  }
}
