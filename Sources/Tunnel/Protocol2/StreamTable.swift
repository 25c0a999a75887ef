import NIOCore

/// The streams of a line, by their ids. An id that ended is not remembered: it is not above the highest.
struct StreamTable {
  /// One stream that is open on the wire, or that somebody still reads. An object, since it is looked up and changed at
  /// each frame, and is too large to be copied for that.
  // It never leaves its engine, which is used by one at a time: the driver keeps it behind a mutex.
  final class Stream: @unchecked Sendable {
    var state: StreamState
    var inbound = Inbound()
    var outbound: Outbound
    var credit: ReceiveCredit
    /// Ended on the wire: both directions, or by a RESET, or with the line.
    var isOver = false
    /// Nobody here reads or writes it any more.
    var isReleased = false
    /// What still comes is thrown away, and no credit is given for it.
    var isDiscarding = false
    /// The first read that finds nothing asks for the body with a 100 (RFC 9110, 10.1.1).
    var asksToContinue = false
    /// Why it ended before its time.
    var fault: StreamFault?
    /// The REQUEST_HEAD left, so that the peer knows of the stream.
    var isKnownToPeer: Bool

    init(state: StreamState, outbound: Outbound, credit: ReceiveCredit, isKnownToPeer: Bool) {
      self.state = state
      self.outbound = outbound
      self.credit = credit
      self.isKnownToPeer = isKnownToPeer
    }

    /// Nobody reads any more what came. No credit is given for it.
    func discardInbound() {
      isDiscarding = true
      inbound.discard()
      credit.discard()
    }
  }

  private var streams: [UInt32: Stream] = [:]
  /// The stream that was found last, which mostly is the next to be asked for as well: it needs no look-up then.
  private var latest: (id: UInt32, stream: Stream)?
  /// The highest id that was opened.
  private(set) var highest: UInt32 = 0
  /// The streams that are open on the wire.
  private(set) var open = 0

  /// Those that are open, and those that are still read.
  var held: Int { streams.count }

  var ids: [UInt32] { Array(streams.keys) }

  /// The next id; `nil` when all are used up.
  var nextID: UInt32? { highest == UInt32.max ? nil : highest + 1 }

  /// - Throws: if the id is not above all earlier ones.
  mutating func pass(_ id: UInt32) throws(LineFault) {
    guard id > highest else {
      throw LineFault(.idNotAbove, "A REQUEST_HEAD has an id that is not above all earlier ones.")
    }
    highest = id
  }

  mutating func add(_ id: UInt32, _ stream: Stream) {
    streams[id] = stream
    latest = (id, stream)
    open += 1
  }

  /// Whether frames for an id concern anybody: it is open. `false` for one that has ended.
  /// - Throws: if it was never opened.
  mutating func isOpen(_ id: UInt32) throws(LineFault) -> Bool {
    guard id <= highest else { throw LineFault(.neverOpened, "A frame is for a stream that was never opened.") }
    return find(id).map { !$0.isOver } ?? false
  }

  subscript(id: UInt32) -> Stream? {
    if let latest, latest.id == id { return latest.stream }
    return streams[id]
  }

  /// The same, for a stream that will be asked for again soon.
  mutating func find(_ id: UInt32) -> Stream? {
    if let latest, latest.id == id { return latest.stream }
    guard let stream = streams[id] else { return nil }
    latest = (id, stream)
    return stream
  }

  /// The stream has ended on the wire.
  mutating func end(_ id: UInt32) {
    guard let stream = self[id], !stream.isOver else { return }
    open -= 1
    if stream.isReleased { forget(id) } else { stream.isOver = true }
  }

  /// Nobody here needs it any more.
  mutating func release(_ id: UInt32) {
    guard let stream = self[id] else { return }
    if stream.isOver { forget(id) } else { stream.isReleased = true }
  }

  private mutating func forget(_ id: UInt32) {
    streams[id] = nil
    if latest?.id == id { latest = nil }
  }
}
