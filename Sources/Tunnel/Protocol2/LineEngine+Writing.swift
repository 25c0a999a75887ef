import NIOCore

extension LineEngine {
  /// The next message for the peer: all frames that are ready, up to its `max_message`. `nil` if there are none.
  mutating func takeMessage() -> FrameMessage? {
    guard hasOutput else { return nil }
    var message = FrameMessage()
    guard writeOrphans(&message), writeUrgent(&message) else { return message }
    writeBodies(&message)
    return message.readableBytes > 0 ? message : nil
  }

  /// - Returns: whether the message has room for more.
  private mutating func writeOrphans(_ message: inout FrameMessage) -> Bool {
    guard turns.orphans.readableBytes > 0 else { return true }
    guard turns.orphans.moveFrames(to: &message.end, room: peer.maxMessage) else { return false }
    orphans = 0
    return true
  }

  private mutating func writeUrgent(_ message: inout FrameMessage) -> Bool {
    while let id = turns.nextUrgent() {
      guard let stream = table.find(id), !stream.isOver else { continue }
      let room = peer.maxMessage - message.readableBytes
      let isMoved = stream.outbound.heads.moveFrames(to: &message.end, room: room)
      if isMoved { stream.isKnownToPeer = true }
      guard isMoved, peer.maxMessage - message.readableBytes >= Frame.headerSize + 4 else {
        turns.returnUrgent(id)
        return false
      }
      if stream.outbound.creditToGive > 0 {
        message.end.writeFrameHeader(.credit, stream: id, length: 4)
        message.end.writeInteger(stream.outbound.creditToGive)
        stream.outbound.creditToGive = 0
      }
      stream.outbound.isUrgent = false
      tellTaken(id, stream)
    }
    return true
  }

  /// Bodies fill no larger message, whatever the peer takes: what comes behind it waits for all of it.
  private static let usualMessage = 256 * 1024

  private mutating func writeBodies(_ message: inout FrameMessage) {
    let limit = min(peer.maxMessage, max(Self.usualMessage, Frame.headerSize + peer.maxFrame))
    while let id = turns.nextReady() {
      guard let stream = table.find(id) else { continue }
      guard !stream.isOver, stream.outbound.canSend else {
        stream.outbound.isReady = false
        continue
      }
      let room = limit - message.readableBytes
      let wanted = stream.outbound.wantedRoom(maxFrame: peer.maxFrame)
      guard room >= (stream.outbound.isDivisible ? min(wanted, Outbound.smallestPart) : wanted) else {
        turns.returnReady(id)
        return
      }
      let copied = min(wanted, room)
      if copied < FrameMessage.copyLimit { message.end.reserveCapacity(minimumWritableBytes: copied) }
      let isLast = stream.outbound.writeFrame(stream: id, into: &message, maxFrame: peer.maxFrame, room: room)
      stream.outbound.isReady = false
      if isLast {
        endLocal(id, stream, &message)
      } else if stream.outbound.canSend {
        stream.outbound.isReady = true
        turns.requeue(id)
      }
      tellTaken(id, stream)
    }
  }

  /// The last frame of our direction was written.
  private mutating func endLocal(_ id: UInt32, _ stream: StreamTable.Stream, _ message: inout FrameMessage) {
    stream.outbound.tail = nil
    stream.state.localEnded = true
    if stream.state.isOver {
      settle(id, nil)
    } else if role == .telephone, stream.state.webSocket == .none || stream.isReleased {
      // The answer is whole; what is left of the request's body is not wanted.
      let reset = Frame.headerSize + 2
      if peer.maxMessage - message.readableBytes >= reset {
        message.end.writeFrameHeader(.reset, stream: id, length: 2)
        message.end.writeInteger(ResetCode.notWanted.rawValue)
      } else {
        writeOrphanReset(id, .notWanted, "")
      }
      let fault = StreamFault(.local, .notWanted, "The answer was complete before the request.")
      stream.discardInbound()
      stream.inbound.fault = fault
      settle(id, fault)
      signals.append(.readable(id))
    }
    signals.append(.taken(id))
  }

  private mutating func tellTaken(_ id: UInt32, _ stream: StreamTable.Stream) {
    guard stream.outbound.isAwaited, !stream.outbound.hasPayload, stream.outbound.heads.readableBytes == 0 else {
      return
    }
    stream.outbound.isAwaited = false
    signals.append(.taken(id))
  }
}
