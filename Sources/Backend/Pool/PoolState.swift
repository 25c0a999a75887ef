import NIOCore

/// The connections to one origin and who waits for them. Pure: time comes in, what is to be done comes out.
///
/// A slot is taken from the moment in which a connection is begun until it is closed. Who asks gets a kept connection,
/// the one that was used last, of its own event loop where there is one; else a slot, to connect by itself; else it
/// waits in line. What becomes free, a connection or a slot, goes to the first in line whom it suits.
struct PoolState<Connection: Sendable, Waiter: Sendable>: Sendable {
  typealias ID = Int

  struct Bounds: Sendable, Hashable {
    /// The most slots.
    var connections: Int
    /// The most that wait in line.
    var waiters: Int
    /// For how long an idle connection is kept.
    var idle: Duration
  }

  /// What somebody gets.
  enum Grant: Sendable {
    /// A connection that was used before. It is leased until ``release(_:at:)`` or ``closed(_:)``.
    case use(ID, Connection)
    /// A slot: connect, and tell with ``connected(_:_:)`` or ``closed(_:)`` how it went.
    case connect(ID)
  }

  enum Lease: Sendable {
    case granted(Grant)
    /// In line under this number, until a grant comes or ``cancel(_:)``.
    case waiting(ID)
    /// There is nothing to be had at once, and nobody was given who could wait.
    case mustWait
    /// The line is full.
    case tooManyWaiting
    case shutDown
  }

  /// What is to be done after an input, outside of any lock.
  struct Effects: Sendable {
    var grants: [(waiter: Waiter, grant: Grant)] = []
    var close: [Connection] = []
  }

  private enum Phase: Sendable {
    case connecting
    case leased
    case idle(since: Duration)
    case closing
  }

  private struct Slot: Sendable {
    var phase: Phase
    let loop: ObjectIdentifier?
    var connection: Connection?
  }

  private struct Place: Sendable {
    var id: ID
    var waiter: Waiter
    var loop: ObjectIdentifier?
    var wantsFresh: Bool
  }

  let bounds: Bounds
  private var lastID = 0
  private var slots: [ID: Slot] = [:]
  /// The idle ones; the last is the one that was used last.
  private var idle: [(id: ID, loop: ObjectIdentifier?)] = []
  private var line = CircularBuffer<Place>()
  private(set) var isShutDown = false

  init(bounds: Bounds) { self.bounds = bounds }

  var slotCount: Int { slots.count }
  var idleCount: Int { idle.count }
  var waiterCount: Int { line.count }
  /// When the connection that has been idle longest is to be closed.
  var nextExpiry: Duration? {
    guard let first = idle.first, case .idle(let since)? = slots[first.id]?.phase else { return nil }
    return since + bounds.idle
  }

  /// Asks for a connection.
  /// - Parameters:
  ///   - loop: the event loop of who asks; `nil` if it runs on none, and any will do.
  ///   - wantsFresh: whether a kept connection will not do.
  ///   - waiter: who is to be told later; kept only if it must wait.
  mutating func lease(
    on loop: ObjectIdentifier?, wantsFresh: Bool, waiter: Waiter?, effects: inout Effects
  ) -> Lease {
    guard !isShutDown else { return .shutDown }
    if !wantsFresh, let grant = takeIdle(for: loop) { return .granted(grant) }
    if slots.count >= bounds.connections, wantsFresh, let oldest = idle.first {
      // An idle connection makes room for a new one.
      idle.removeFirst()
      if let connection = slots.removeValue(forKey: oldest.id)?.connection { effects.close.append(connection) }
    }
    if slots.count < bounds.connections { return .granted(.connect(addSlot(on: loop))) }
    guard line.count < bounds.waiters else { return .tooManyWaiting }
    guard let waiter else { return .mustWait }
    lastID += 1
    line.append(Place(id: lastID, waiter: waiter, loop: loop, wantsFresh: wantsFresh))
    return .waiting(lastID)
  }

  /// The connection of a slot is there; it belongs to who made it.
  /// - Returns: whether it may be used: `false` after a shut down, which must close it.
  mutating func connected(_ id: ID, _ connection: Connection) -> Bool {
    guard !isShutDown, case .connecting? = slots[id]?.phase else { return false }
    slots[id]?.phase = .leased
    slots[id]?.connection = connection
    return true
  }

  /// A lease ended, and the connection can be used again.
  mutating func release(_ id: ID, at now: Duration, effects: inout Effects) {
    guard let slot = slots[id], case .leased = slot.phase, let connection = slot.connection else { return }
    if !line.isEmpty, let index = line.firstIndex(where: { !$0.wantsFresh }) {
      let place = line.remove(at: index)
      effects.grants.append((place.waiter, .use(id, connection)))
    } else if bounds.idle > .zero, line.isEmpty, !isShutDown {
      enter(.idle(since: now), id, slot)
      idle.append((id, slot.loop))
    } else {
      enter(.closing, id, slot)
      effects.close.append(connection)
    }
  }

  /// A connection was closed, or could not be made, or is a connection of HTTP no more: its slot is free.
  mutating func closed(_ id: ID, effects: inout Effects) {
    guard let slot = slots.removeValue(forKey: id) else { return }
    if case .idle = slot.phase { idle.removeAll { $0.id == id } }
    guard let place = line.popFirst() else { return }
    effects.grants.append((place.waiter, .connect(addSlot(on: place.loop))))
  }

  /// Somebody does not wait any more.
  /// - Returns: who it was; `nil` if a grant was faster.
  mutating func cancel(_ id: ID) -> Waiter? {
    guard let index = line.firstIndex(where: { $0.id == id }) else { return nil }
    return line.remove(at: index).waiter
  }

  /// Closes what has been idle for too long.
  mutating func expire(at now: Duration, effects: inout Effects) {
    while let next = nextExpiry, next <= now, let id = idle.first?.id {
      idle.removeFirst()
      slots[id]?.phase = .closing
      if let connection = slots[id]?.connection { effects.close.append(connection) }
    }
  }

  /// Ends the pool: all connections are to be closed.
  /// - Returns: who waited in vain.
  mutating func shutDown(effects: inout Effects) -> [Waiter] {
    isShutDown = true
    idle = []
    for (id, slot) in slots {
      guard let connection = slot.connection else { continue }
      slots[id]?.phase = .closing
      effects.close.append(connection)
    }
    defer { line = CircularBuffer() }
    return line.map(\.waiter)
  }

  private mutating func takeIdle(for loop: ObjectIdentifier?) -> Grant? {
    // Another loop's connection costs a change of threads: only where no new one may be made.
    let takesAny = loop == nil || slots.count >= bounds.connections
    guard let index = idle.lastIndex(where: { $0.loop == loop }) ?? (takesAny ? idle.indices.last : nil) else {
      return nil
    }
    let id = idle.remove(at: index).id
    guard let slot = slots[id], let connection = slot.connection else { return nil }
    enter(.leased, id, slot)
    return .use(id, connection)
  }

  /// Writes the slot as a whole: to change it in place, inside an optional, costs memory of its own each time.
  private mutating func enter(_ phase: Phase, _ id: ID, _ slot: Slot) {
    var slot = slot
    slot.phase = phase
    slots.updateValue(slot, forKey: id)
  }

  private mutating func addSlot(on loop: ObjectIdentifier?) -> ID {
    lastID += 1
    slots[lastID] = Slot(phase: .connecting, loop: loop)
    return lastID
  }
}
