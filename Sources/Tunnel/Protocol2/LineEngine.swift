import NIOCore

/// One side of a line, without its socket: streams, credit and turns together. It is given messages and what our side
/// sends, and gives back messages, what came, and signals.
///
/// What it holds is bounded: inbound by the credit that was given, outbound, for each stream, by a few heads and
/// ``waitingContent``, or one part if that is larger.
struct LineEngine {
  /// So many octets of a body are taken over without a wait as long as the credit covers them: a full message.
  static let waitingContent = 256 * 1024
  /// While more octets of interim heads wait, no more are taken.
  static let waitingHeads = 16 * 1024
  /// The octets that a head's frame seldom exceeds: it is written without growing then.
  static let usualHead = 512

  let role: LineRole
  /// What this side declared.
  let own: LineTerms
  /// What the peer declared.
  let peer: LineTerms
  let now: @Sendable () -> Duration

  var table = StreamTable()
  var turns = Turns()
  var budget: GrowthBudget
  /// Told and not yet taken by the driver.
  var signals: [LineSignal] = []
  var isDraining = false
  var peerDrains = false
  var isLost = false
  /// Answers to streams that are gone, which have not left.
  var orphans = 0
  /// A peer that reads our answers never has more: each is to a stream that it thinks is open, or that we had opened.
  var orphanLimit: Int { 2 * (role == .gateway ? peer : own).maxStreams + 1024 }

  /// - Parameters:
  ///   - growth: the octets that may be granted beyond `stream_credit`, all streams together.
  ///   - now: the time since some moment.
  init(
    role: LineRole, own: LineTerms, peer: LineTerms, growth: Int = 16 * 1024 * 1024,
    now: @escaping @Sendable () -> Duration
  ) {
    self.role = role
    self.own = own
    self.peer = peer
    self.now = now
    budget = GrowthBudget(growth)
  }

  /// Whether there is anything to send.
  var hasOutput: Bool { !isLost && !turns.isEmpty }

  /// Opens no more streams, and tells the peer.
  mutating func drain() {
    guard !isDraining, !isLost else { return }
    isDraining = true
    turns.orphans.writeFrameHeader(.drain, stream: 0, length: 0)
  }

  /// The line is lost: every stream ends so.
  mutating func lose() {
    guard !isLost else { return }
    for id in table.ids { cut(id, .lost) }
    isLost = true
    turns = Turns()
  }

  // MARK: - Ends before their time

  /// Ends a stream by the peer's doing, or with the line. What came before is still read on the gateway's side, so that a
  /// client sees a broken answer and not another one.
  mutating func cut(_ id: UInt32, _ fault: StreamFault) {
    guard let stream = table[id], !stream.isOver else { return }
    if !stream.inbound.hasEnded { stream.inbound.fault = fault }
    if role == .telephone, !stream.inbound.hasEnded { stream.discardInbound() }
    settle(id, fault)
    signals.append(.ended(id, fault))
  }

  /// The peer broke a rule of one stream: that stream alone is reset.
  mutating func fail(_ id: UInt32, _ fault: StreamFault) {
    writeReset(id, fault.code, fault.sentence)
    cut(id, fault)
  }

  /// Our side gives a stream up.
  mutating func reset(_ id: UInt32, _ code: ResetCode, _ sentence: String) {
    guard let stream = table[id], !stream.isOver else { return }
    writeReset(id, code, sentence)
    let fault = StreamFault(.local, code, sentence)
    stream.discardInbound()
    if !stream.inbound.hasEnded { stream.inbound.fault = fault }
    settle(id, fault)
    signals.append(.readable(id))
    signals.append(.taken(id))
  }

  /// The driver's side needs a stream no more. What was accepted still leaves.
  mutating func release(_ id: UInt32) {
    guard let stream = table.find(id), !stream.isReleased else { return }
    if !stream.isOver {
      switch role {
      case .gateway: reset(id, .cancelled, "The client is gone.")
      case .telephone:
        if stream.outbound.tail == nil, !stream.state.localEnded {
          reset(id, .internal, "The answer was given up.")
        } else if stream.state.localEnded {
          reset(id, .notWanted, "The exchange has ended.")
        }
      }
    }
    stream.discardInbound()
    if stream.isOver { stream.credit.end(budget: &budget) }
    table.release(id)
  }

  /// Our side wants no more of what comes; the stream goes on. Who reads or waits hears it.
  mutating func closeInbound(_ id: UInt32) {
    guard let stream = table[id] else { return }
    stream.discardInbound()
    guard !stream.inbound.hasEnded, stream.inbound.fault == nil else { return }
    stream.inbound.fault = StreamFault(.local, .notWanted, "The content is not wanted.")
    signals.append(.readable(id))
  }

  /// Nothing more is sent on a stream that is over.
  mutating func settle(_ id: UInt32, _ fault: StreamFault?) {
    guard let stream = table[id] else { return }
    stream.fault = fault
    stream.outbound.discard()
    stream.credit.end(budget: &budget)
    table.end(id)
  }

  /// A RESET of a stream that is ended on our side with it. A peer that never heard of the stream is told nothing.
  private mutating func writeReset(_ id: UInt32, _ code: ResetCode, _ sentence: String) {
    guard let stream = table[id], stream.isKnownToPeer else { return }
    writeOrphanReset(id, code, sentence)
  }

  mutating func writeOrphanReset(_ id: UInt32, _ code: ResetCode, _ sentence: String) {
    orphans += 1
    turns.orphans.writeFrame(.reset, stream: id) {
      CodedReason(code: code.rawValue, reason: sentence).write(upTo: CodedReason.longestResetReason, into: &$0)
    }
  }

  /// What is held for readers, in octets of credit: bounded by what was granted.
  var unread: Int { table.ids.reduce(0) { $0 + (table[$1]?.credit.unread ?? 0) } }
}
