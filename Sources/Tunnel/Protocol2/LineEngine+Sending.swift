import HTTPTypes
import NIOCore
import TelephoneKit

extension LineEngine {
  // MARK: - Streams

  /// Opens a stream. Gateway only.
  mutating func open(_ head: RequestHeadFrame, upgrade: Bool, end: Bool) throws(OpenFault) -> UInt32 {
    guard !isLost else { throw OpenFault(.lost, "The line to the telephone was lost.") }
    guard !isDraining, !peerDrains else {
      throw OpenFault(.draining, "The line to the telephone takes no more requests.")
    }
    guard table.open < peer.maxStreams else {
      throw OpenFault(.tooManyStreams, "The telephone serves \(peer.maxStreams) requests already.")
    }
    guard let id = table.nextID, (try? table.pass(id)) != nil else {
      // The telephone is to dial another line, where ids start again.
      drain()
      throw OpenFault(.idsUsedUp, "The line to the telephone has used up its stream ids.")
    }
    let end = end && !upgrade
    var outbound = Outbound(credit: peer.streamCredit)
    var flags: FrameFlags = end ? .end : []
    if upgrade { flags.insert(.upgrade) }
    var isWritten = true
    let size = outbound.heads.writeFrame(.requestHead, flags, stream: id) { isWritten = head.write(into: &$0) }
    guard isWritten, size <= peer.maxFrame else {
      throw OpenFault(.headTooLarge, "The request's head is larger than a frame of \(peer.maxFrame) octets.")
    }
    table.add(
      id,
      StreamTable.Stream(
        state: StreamState(role: role, request: head, upgrade: upgrade, end: end), outbound: outbound,
        credit: ReceiveCredit(own.streamCredit), isKnownToPeer: false))
    enter(id)
    return id
  }

  /// The next of what came.
  mutating func next(_ id: UInt32) -> ReadResult {
    guard let stream = table.find(id) else { return .fault(.lost) }
    guard let (event, cost) = stream.inbound.next() else { return nothingToRead(id, stream) }
    guard cost > 0 else { return .event(event) }
    if stream.isOver || stream.state.remoteEnded {
      stream.credit.consumeAfterEnd(cost: cost, budget: &budget)
    } else {
      let grant = stream.credit.consume(cost: cost, budget: &budget, now: now)
      if grant > 0 {
        // It cannot overflow: all that is open is at most the window.
        stream.outbound.creditToGive &+= grant
        enter(id)
      }
    }
    return .event(event)
  }

  private mutating func nothingToRead(_ id: UInt32, _ stream: StreamTable.Stream) -> ReadResult {
    if stream.inbound.hasEnded { return .over }
    if let fault = stream.inbound.fault ?? stream.fault { return .fault(fault) }
    if stream.asksToContinue, !stream.state.hasHead { writeInterim(id, ResponseHeadFrame(status: 100)) }
    return .wait
  }

  /// Whether a read would not wait.
  func isReadable(_ id: UInt32) -> Bool { table[id]?.inbound.isReadable ?? true }

  /// Whether all that was given was taken, or never will be.
  func isTaken(_ id: UInt32) -> Bool {
    guard let stream = table[id], !stream.isOver else { return true }
    return !stream.outbound.hasPayload && stream.outbound.heads.readableBytes == 0
  }

  /// Whether what waits to be sent is more than the peer has given credit for.
  func lacksCredit(_ id: UInt32) -> Bool { table[id].map { !$0.isOver && !$0.outbound.isCovered } ?? false }

  /// Whether a stream is over on the wire.
  func isOver(_ id: UInt32) -> Bool { table[id]?.isOver ?? true }

  /// A sender waits until ``LineSignal/taken(_:)``.
  mutating func markAwaited(_ id: UInt32) { table[id]?.outbound.isAwaited = true }

  // MARK: - Heads

  /// Sends a 1xx head. A 100 is sent only if the request asked for it, and once.
  mutating func send(interim head: ResponseHeadFrame, on id: UInt32) throws(StreamFault) -> Admission {
    let stream = try writable(id)
    guard !stream.state.hasHead else { throw StreamFault(.local, .internal, "An interim head after the head.") }
    guard head.status != 100 || stream.asksToContinue else { return .accepted }
    guard stream.outbound.heads.readableBytes < Self.waitingHeads else { return .full }
    writeInterim(id, head)
    return .accepted
  }

  /// What does not fit into a frame is left out: nobody needs an interim head.
  private mutating func writeInterim(_ id: UInt32, _ head: ResponseHeadFrame) {
    if head.status == 100 { table[id]?.asksToContinue = false }
    var frame = ByteBuffer()
    var isWritten = true
    let size = frame.writeFrame(.interimHead, stream: id) { isWritten = head.write(into: &$0) }
    guard isWritten, size <= peer.maxFrame else { return }
    table[id]?.outbound.add(head: frame)
    enter(id)
  }

  /// Sends the answer's head, 101 to open a WebSocket that was asked for.
  /// - Throws: if it is too large for a frame; the stream is then reset.
  mutating func send(head: ResponseHeadFrame, on id: UInt32) throws(StreamFault) {
    let stream = try writable(id)
    guard !stream.state.hasHead else { throw StreamFault(.local, .internal, "A second head.") }
    guard head.status != 101 || stream.state.webSocket == .askedFor else {
      throw StreamFault(.local, .internal, "A 101, and no WebSocket was asked for.")
    }
    var isWritten = true
    var frame = ByteBufferAllocator().buffer(capacity: Self.usualHead)
    let size = frame.writeFrame(.responseHead, stream: id) { isWritten = head.write(into: &$0) }
    guard isWritten, size <= peer.maxFrame else {
      reset(id, .tooLarge, "The answer's head is larger than a frame.")
      throw StreamFault(.local, .tooLarge, "The answer's head is larger than a frame of \(peer.maxFrame) octets.")
    }
    guard stream.state.passHead(head, end: false) else {
      throw StreamFault(.local, .internal, "The answer's Content-Length is no number.")
    }
    if head.status != 101, stream.state.webSocket == .askedFor {
      stream.state.webSocket = .none
      stream.state.remoteEnded = true
      stream.inbound.add(.end(trailers: nil))
    }
    stream.asksToContinue = false
    stream.outbound.add(head: frame)
    enter(id)
  }

  // MARK: - Bodies

  /// Sends octets of the body. To an answer that has no content they are dropped.
  mutating func send(_ octets: ByteBuffer, on id: UInt32) throws(StreamFault) -> Admission {
    let stream = try writable(id)
    guard stream.state.webSocket == .none, role == .gateway || stream.state.hasHead else {
      throw StreamFault(.local, .internal, "Content where none can be.")
    }
    guard octets.readableBytes > 0, !(role == .telephone && stream.state.hasNoContent) else { return .accepted }
    let waiting = stream.outbound.waiting
    guard waiting == 0 || waiting + octets.readableBytes <= Self.waitingContent else { return .full }
    if let left = stream.state.localLeft {
      guard octets.readableBytes <= left else {
        throw StreamFault(.local, .internal, "The content is longer than its Content-Length.")
      }
      stream.state.localLeft = left - octets.readableBytes
    }
    stream.outbound.content.append(octets)
    return admit(id)
  }

  /// Ends our direction.
  mutating func sendEnd(_ trailers: HTTPFields?, on id: UInt32) throws(StreamFault) -> Admission {
    let stream = try writable(id)
    guard stream.state.webSocket == .none, role == .gateway || stream.state.hasHead else {
      throw StreamFault(.local, .internal, "An end where none can be.")
    }
    guard (stream.state.localLeft ?? 0) == 0 || stream.state.hasNoContent else {
      throw StreamFault(.local, .internal, "The content is shorter than its Content-Length.")
    }
    stream.outbound.tail = .end
    if let trailers, !trailers.isEmpty, !stream.state.hasNoContent {
      var octets = ByteBuffer()
      guard FieldSection.write(trailers, into: &octets), octets.readableBytes <= peer.maxFrame else {
        reset(id, .tooLarge, "The trailers are larger than a frame.")
        throw StreamFault(.local, .tooLarge, "The trailers are larger than a frame of \(peer.maxFrame) octets.")
      }
      stream.outbound.tail = .trailers(octets)
    }
    return admit(id)
  }

  /// Sends a piece of an open WebSocket.
  mutating func send(_ frame: WebSocketFrame, on id: UInt32) throws(StreamFault) -> Admission {
    let stream = try writable(id)
    guard stream.state.webSocket == .open else { throw StreamFault(.local, .internal, "There is no WebSocket.") }
    guard !stream.outbound.hasPayload else { return .full }
    switch frame {
    case .data(let opcode, let octets, let isFinal):
      stream.outbound.message = Outbound.Message(opcode: opcode.rawValue, octets: octets, isFinal: isFinal)
    case .ping(let octets): stream.outbound.message = Outbound.Message(opcode: 9, octets: octets, isFinal: true)
    case .pong(let octets): stream.outbound.message = Outbound.Message(opcode: 10, octets: octets, isFinal: true)
    case .close(let code, let reason):
      var payload = ByteBuffer()
      CodedReason(code: code, reason: reason).write(upTo: CodedReason.longestCloseReason, into: &payload)
      stream.outbound.tail = .close(payload)
    }
    return admit(id)
  }

  /// The stream, if our side can still send on it.
  private mutating func writable(_ id: UInt32) throws(StreamFault) -> StreamTable.Stream {
    guard let stream = table.find(id) else { throw .lost }
    if let fault = stream.fault { throw fault }
    guard !stream.isOver, !stream.state.localEnded, stream.outbound.tail == nil else {
      throw StreamFault(.local, .internal, "The direction has ended.")
    }
    return stream
  }

  /// What the credit covers needs no wait, unless it is much.
  private mutating func admit(_ id: UInt32) -> Admission {
    enter(id)
    guard let stream = table[id] else { return .accepted }
    return stream.outbound.waiting <= Self.waitingContent && stream.outbound.isCovered ? .accepted : .pending
  }

  /// Lets the stream take its turn, if it has something to say.
  mutating func enter(_ id: UInt32) {
    guard let stream = table[id], !stream.isOver else { return }
    turns.enter(id, &stream.outbound)
  }
}
