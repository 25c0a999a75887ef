import NIOCore
import Synchronization

/// Drives a ``LineEngine``: many tasks read and send under one lock, and one writes. What is ready when the writer's turn
/// comes leaves in one message; while that is on its way, the rest gathers.
final class LineDriver: Sendable {
  private struct State {
    var engine: LineEngine
    /// Readers and senders that wait, one of each for a stream.
    var readers: [UInt32: CheckedContinuation<Void, Never>] = [:]
    var senders: [UInt32: CheckedContinuation<Void, Never>] = [:]
    /// Who waits until a stream is over.
    var watchers: [UInt32: CheckedContinuation<Void, Never>] = [:]
    /// The writer, when it has nothing to write.
    var writer: CheckedContinuation<Void, Never>?
    /// Whether there is one: to look at that copies none.
    var isWriterIdle = false
    /// Who waits until all that was accepted has left.
    var flushers: [CheckedContinuation<Void, Never>] = []
    var isPushing = false
    var handler: (@Sendable (LineSignal) -> Void)?
    var writing: Task<Void, Never>?
  }

  /// What a change has set free. It is used after the lock.
  private struct Woken {
    var continuations: [CheckedContinuation<Void, Never>] = []
    var signals: [LineSignal] = []
    var handler: (@Sendable (LineSignal) -> Void)?

    /// Frees who waits for a stream, if anybody does: mostly nobody waits for any.
    mutating func take(_ id: UInt32, from waiting: inout [UInt32: CheckedContinuation<Void, Never>]) {
      if !waiting.isEmpty, let waiter = waiting.removeValue(forKey: id) { continuations.append(waiter) }
    }

    func resume() {
      for continuation in continuations { continuation.resume() }
      guard let handler else { return }
      for signal in signals { handler(signal) }
    }
  }

  private enum Waiting { case reader, sender, watcher }

  private let channel: any Protocol2Channel
  /// `nil`: nobody counts.
  let counters: TunnelCounters?
  private let state: Mutex<State>

  init(channel: any Protocol2Channel, engine: LineEngine, counters: TunnelCounters? = nil) {
    self.channel = channel
    self.counters = counters
    state = Mutex(State(engine: engine))
  }

  /// Begins to write.
  /// - Parameters:
  ///   - executor: where the writer runs.
  ///   - handler: is told of streams that open and end, and of the peer's drain. It must not wait.
  func start(
    on executor: (any TaskExecutor)?, _ handler: @escaping @Sendable (LineSignal) -> Void
  ) {
    state.withLock { state in
      state.handler = handler
      state.writing = Task(executorPreference: executor) { await self.write() }
    }
  }

  /// Looks at the engine, or changes it. Whoever can go on by that, does.
  func perform<Value: Sendable, Fault: Error>(
    _ work: (inout LineEngine) throws(Fault) -> Value
  ) throws(Fault) -> Value {
    let (result, woken) = state.withLock { state -> (Result<Value, Fault>, Woken) in
      let result: Result<Value, Fault>
      do throws(Fault) {
        result = .success(try work(&state.engine))
      } catch {
        result = .failure(error)
      }
      return (result, Self.wake(&state))
    }
    woken.resume()
    return try result.get()
  }

  private static func wake(_ state: inout State) -> Woken {
    var woken = Woken()
    if !state.engine.signals.isEmpty {
      woken.handler = state.handler
      for signal in state.engine.signals {
        switch signal {
        case .readable(let id):
          woken.take(id, from: &state.readers)
        case .taken(let id):
          woken.take(id, from: &state.senders)
          if !state.watchers.isEmpty, state.engine.isOver(id) { woken.take(id, from: &state.watchers) }
        case .ended(let id, _):
          woken.take(id, from: &state.readers)
          woken.take(id, from: &state.senders)
          woken.take(id, from: &state.watchers)
          woken.signals.append(signal)
        case .opened, .peerDrains: woken.signals.append(signal)
        }
      }
      state.engine.signals.removeAll(keepingCapacity: true)
    }
    if state.isWriterIdle, state.engine.hasOutput || state.engine.isLost, let writer = state.writer.take() {
      state.isWriterIdle = false
      woken.continuations.append(writer)
    }
    return woken
  }

  // MARK: - Reading and sending

  /// The next of what comes on a stream; `nil` after its end.
  /// - Throws: ``StreamFault``; `CancellationError` if the task is cancelled while it waits.
  func next(_ id: UInt32) async throws -> StreamEvent? {
    while true {
      switch perform({ $0.next(id) }) {
      case .event(let event): return event
      case .over: return nil
      case .fault(let fault): throw fault
      case .wait: try await wait(for: .reader, id)
      }
    }
  }

  /// What is given to an engine to send.
  typealias Offer = (inout LineEngine) throws(StreamFault) -> Admission

  /// Gives something to send, and waits if it must.
  func send(_ id: UInt32, _ offer: Offer) async throws {
    let first = try perform(offer)
    if first != .accepted { try await send(id, offer, after: first) }
  }

  /// Goes on after a first offer that the engine may not have taken at once.
  func send(_ id: UInt32, _ offer: Offer, after first: Admission) async throws {
    var admission = first
    while true {
      switch admission {
      case .accepted: return
      case .full:
        try await waitToSend(id)
        admission = try perform(offer)
      case .pending:
        try await waitToSend(id)
        let fault = perform { engine in engine.table[id].flatMap { $0.state.localEnded ? nil : $0.fault } }
        if let fault { throw fault }
        return
      }
    }
  }

  /// Waits as a sender, and counts it if it is the peer's credit that is waited for.
  private func waitToSend(_ id: UInt32) async throws {
    guard let counters, let began = perform({ $0.lacksCredit(id) ? $0.now() : nil }) else {
      return try await wait(for: .sender, id)
    }
    defer {
      let waited = perform { $0.now() } - began
      counters.count { counters in
        counters.creditWaits += 1
        counters.creditWait += waited
      }
    }
    try await wait(for: .sender, id)
  }

  /// Returns when a stream is over on the wire, however it ended.
  func ended(_ id: UInt32) async throws {
    while !perform({ $0.isOver(id) }) { try await wait(for: .watcher, id) }
  }

  private func wait(for waiting: Waiting, _ id: UInt32) async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (resumed, replaced) = state.withLock {
          state -> (CheckedContinuation<Void, Never>?, CheckedContinuation<Void, Never>?) in
          switch waiting {
          case .reader:
            guard !Task.isCancelled, !state.engine.isReadable(id) else { return (continuation, nil) }
            return (nil, state.readers.updateValue(continuation, forKey: id))
          case .sender:
            guard !Task.isCancelled, !state.engine.isTaken(id) else { return (continuation, nil) }
            state.engine.markAwaited(id)
            return (nil, state.senders.updateValue(continuation, forKey: id))
          case .watcher:
            guard !Task.isCancelled, !state.engine.isOver(id) else { return (continuation, nil) }
            return (nil, state.watchers.updateValue(continuation, forKey: id))
          }
        }
        resumed?.resume()
        // Two tasks read or send at once, against the rules: the earlier one tries again.
        replaced?.resume()
      }
    } onCancel: {
      let waiter = state.withLock { state in
        switch waiting {
        case .reader: state.readers.removeValue(forKey: id)
        case .sender: state.senders.removeValue(forKey: id)
        case .watcher: state.watchers.removeValue(forKey: id)
        }
      }
      waiter?.resume()
    }
    try Task.checkCancellation()
  }

  // MARK: - Writing

  private func write() async {
    while let message = await nextMessage() {
      do {
        try await channel.push(message)
      } catch {
        // Who cannot push has lost the channel, or its socket, whose end is told by their reader.
        lose()
      }
    }
  }

  /// The next message to push; waits until there is one. `nil` when the line is lost.
  private func nextMessage() async -> FrameMessage? {
    while true {
      let (message, isLost, woken) = state.withLock { state -> (FrameMessage?, Bool, Woken) in
        let message = state.engine.takeMessage()
        state.isPushing = message != nil
        var woken = Self.wake(&state)
        if message == nil {
          woken.continuations += state.flushers
          state.flushers = []
        }
        return (message, state.engine.isLost, woken)
      }
      woken.resume()
      if let message { return message }
      if isLost { return nil }
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.engine.hasOutput || state.engine.isLost { return true }
          state.writer = continuation
          state.isWriterIdle = true
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  /// Returns when all that can be sent has left, or the line is lost.
  func flush() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.engine.isLost || (!state.engine.hasOutput && !state.isPushing) { return true }
        state.flushers.append(continuation)
        return false
      }
      if isDone { continuation.resume() }
    }
  }

  /// The line is lost: all streams end so, and nothing is written any more. Harmless again.
  func lose() {
    perform { $0.lose() }
    let (writing, flushers) = state.withLock { state in
      defer {
        state.handler = nil
        state.flushers = []
        state.writing = nil
      }
      return (state.writing, state.flushers)
    }
    // A push that hangs is given up.
    writing?.cancel()
    for flusher in flushers { flusher.resume() }
  }
}
