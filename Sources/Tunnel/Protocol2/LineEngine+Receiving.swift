import HTTPTypes
import NIOCore
import TelephoneKit

extension LineEngine {
  /// Handles all frames of one message.
  /// - Throws: what breaks the framing; the line must end. The frames before it were handled.
  mutating func receive(_ message: ByteBuffer) throws(LineFault) {
    // It was on its way when our side lost the line.
    guard !isLost else { return }
    var decoder = try FrameDecoder(message, terms: own)
    while let frame = try decoder.next() { try receive(frame, storage: message.storageCapacity) }
    if turns.count > 2 * table.held + 1024 { forgetTurns() }
    guard orphans <= orphanLimit else {
      throw LineFault(.answersNotRead, "The peer makes more streams fail than it reads about.")
    }
  }

  private mutating func receive(_ frame: Frame, storage: Int) throws(LineFault) {
    if frame.kind == .drain {
      if !peerDrains { signals.append(.peerDrains) }
      peerDrains = true
    } else if frame.kind == .requestHead, role == .telephone {
      try receiveRequest(frame)
    } else if try table.isOpen(frame.stream) {
      do {
        try deliver(frame, storage: storage)
      } catch {
        fail(frame.stream, error)
      }
    }
  }

  private mutating func forgetTurns() {
    let table = table
    turns.forget { table[$0]?.isOver != false }
  }

  // MARK: - Requests

  private mutating func receiveRequest(_ frame: Frame) throws(LineFault) {
    let id = frame.stream
    try table.pass(id)
    let end = frame.flags.contains(.end)
    let upgrade = frame.flags.contains(.upgrade)
    guard !isDraining else { return writeOrphanReset(id, .refused, "The telephone is draining.") }
    // Exchanges that were reset and have not ended yet count, too, but leave room for as many again.
    guard table.open < own.maxStreams, table.held < 2 * own.maxStreams else {
      return writeOrphanReset(id, .refused, "Too many streams.")
    }
    guard !(upgrade && end) else { return writeOrphanReset(id, .malformed, "UPGRADE together with END.") }
    let head: RequestHeadFrame
    do {
      head = try RequestHeadFrame(frame.payload)
    } catch {
      return answerMalformed(id, error, wantsRest: !end && !upgrade)
    }
    guard !end || (ContentLength(head.fields).octets ?? 0) == 0 else {
      return writeOrphanReset(id, .malformed, "The content is not as long as declared.")
    }
    let stream = StreamTable.Stream(
      state: StreamState(role: role, request: head, upgrade: upgrade, end: end),
      outbound: Outbound(credit: peer.streamCredit), credit: ReceiveCredit(own.streamCredit), isKnownToPeer: true)
    if end {
      stream.inbound.add(.end(trailers: nil))
    } else {
      stream.asksToContinue = Self.expectsContinue(head.fields)
    }
    table.add(id, stream)
    signals.append(.opened(id, head, upgrade: upgrade, end: end))
  }

  /// A 400 that no pipeline has seen; the stream is over with it.
  private mutating func answerMalformed(_ id: UInt32, _ fault: RequestHeadFrame.Fault, wantsRest: Bool) {
    let refusal = Refusal(
      status: .badRequest, code: "malformed-request", "The request cannot be read. \(fault.sentence)")
    var fields = refusal.response.fields
    var body = refusal.response.body.unreadMemory ?? ByteBuffer()
    // To an unknown method, too, content is a risk: the request may have been a HEAD.
    if fault.method == nil || fault.method == .head {
      fields[.contentLength] = nil
      fields[.contentType] = nil
      body = ByteBuffer()
    }
    orphans += 1
    turns.orphans.writeFrame(.responseHead, body.readableBytes == 0 ? .end : [], stream: id) {
      _ = ResponseHeadFrame(status: 400, fields: fields).write(into: &$0)
    }
    if body.readableBytes > 0 { turns.orphans.writeFrame(Frame(.data, flags: .end, stream: id, payload: body)) }
    if wantsRest { writeOrphanReset(id, .notWanted, "") }
  }

  private static func expectsContinue(_ fields: HTTPFields) -> Bool {
    fields.contains { $0.name == .expect && $0.value.lowercased() == "100-continue" }
  }

  // MARK: - Frames of open streams

  private mutating func deliver(_ frame: Frame, storage: Int) throws(StreamFault) {
    guard let stream = table[frame.stream] else { return }
    let id = frame.stream
    let end = frame.flags.contains(.end)
    switch frame.kind {
    case .data: try deliverData(frame, to: stream, storage: storage)
    case .credit: try deliverCredit(frame, to: stream)
    case .reset: try deliverReset(frame)
    case .message: try deliverMessage(frame, to: stream, storage: storage)
    case .responseHead:
      let head = try stream.state.receiveHead(frame.payload, end: end)
      // A refused handshake has ended our direction; nothing of it is left to send.
      stream.inbound.add(.head(status: head.status, head.fields))
      if end { stream.inbound.add(.end(trailers: nil)) }
      arrived(id)
    case .interimHead:
      let head = try stream.state.receiveInterim(frame.payload)
      let size = frame.payload.readableBytes
      guard stream.inbound.add(interim: head, octets: size, limit: own.streamCredit) else {
        throw StreamFault(.local, .tooLarge, "More interim heads came than are read.")
      }
      arrived(id)
    case .trailers:
      let fields = try stream.state.receiveTrailers(frame.payload)
      stream.inbound.add(.end(trailers: fields))
      arrived(id)
    case .close:
      let close = try stream.state.receiveClose(frame.payload)
      stream.inbound.add(.frame(.close(code: close.code, reason: close.reason)))
      arrived(id)
    case .requestHead: throw .malformed("A request head came the wrong way.")
    default: throw StreamFault(.local, .unknownKind, "A frame has the kind \(frame.kind.rawValue).")
    }
  }

  private mutating func deliverData(
    _ frame: Frame, to stream: StreamTable.Stream, storage: Int
  ) throws(StreamFault) {
    let id = frame.stream
    let end = frame.flags.contains(.end)
    let size = frame.payload.readableBytes
    try stream.state.receiveData(size, end: end)
    if size > 0 {
      try charge(stream, size)
      stream.asksToContinue = false
      if stream.isDiscarding {
        stream.credit.discard()
      } else {
        stream.inbound.add(data: frame.payload, cost: Frame.headerSize + size, storage: storage)
      }
    }
    if end { stream.inbound.add(.end(trailers: nil)) }
    arrived(id)
  }

  private mutating func deliverMessage(_ frame: Frame, to stream: StreamTable.Stream, storage: Int) throws(StreamFault)
  {
    let id = frame.stream
    var octets = frame.payload
    guard let opcode = octets.readInteger(as: UInt8.self) else {
      throw .malformed("A WebSocket message has no opcode.")
    }
    let more = frame.flags.contains(.more)
    try stream.state.receiveMessage(opcode: opcode, octets: octets.readableBytes, more: more)
    try charge(stream, frame.payload.readableBytes)
    guard !stream.isDiscarding else {
      stream.credit.discard()
      return
    }
    let cost = Frame.headerSize + frame.payload.readableBytes
    switch opcode {
    case 9: stream.inbound.add(.frame(.ping(Inbound.compact(octets, storage: storage))), cost: cost)
    case 10: stream.inbound.add(.frame(.pong(Inbound.compact(octets, storage: storage))), cost: cost)
    default:
      let opcode = WebSocketFrame.Opcode(rawValue: opcode) ?? .binary
      stream.inbound.add(fragment: octets, opcode, isFinal: !more, cost: cost, storage: storage)
    }
    arrived(id)
  }

  private mutating func charge(_ stream: StreamTable.Stream, _ payload: Int) throws(StreamFault) {
    guard stream.credit.receive(payload: payload, now: now) else {
      throw StreamFault(.local, .flowControl, "More came than was granted.")
    }
  }

  private mutating func deliverCredit(_ frame: Frame, to stream: StreamTable.Stream) throws(StreamFault) {
    let id = frame.stream
    var payload = frame.payload
    guard let octets = payload.readInteger(as: UInt32.self), payload.readableBytes == 0 else {
      throw .malformed("A CREDIT is not four octets long.")
    }
    guard !stream.state.localEnded else { return }
    guard stream.outbound.credit.add(octets) else {
      throw StreamFault(.local, .flowControl, "The credit is above 4,294,967,295.")
    }
    enter(id)
  }

  private mutating func deliverReset(_ frame: Frame) throws(StreamFault) {
    guard let reason = CodedReason.reset(frame.payload) else { throw .malformed("A RESET has no code.") }
    cut(frame.stream, StreamFault(.peer, ResetCode(rawValue: reason.code), reason.reason))
  }

  /// Something came; the stream may be complete with it.
  private mutating func arrived(_ id: UInt32) {
    signals.append(.readable(id))
    guard let stream = table[id] else { return }
    if stream.state.isOver {
      settle(id, nil)
      signals.append(.taken(id))
    } else if stream.state.remoteEnded {
      stream.credit.end(budget: &budget)
    }
  }
}
