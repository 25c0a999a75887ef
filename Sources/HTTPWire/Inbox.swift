import NIOCore
import Synchronization

/// A queue from an event loop to one task, with watermarks in octets.
///
/// The producer never waits: it looks at ``isFull`` and stops reading from its socket. `onDrained` is called, on
/// the consumer's thread, when a full inbox has become half empty.
final class Inbox<Element: Sendable>: Sendable {
  private struct State {
    var elements = CircularBuffer<(element: Element, cost: Int)>()
    var octets = 0
    var full = false
    var finished = false
    var waiter: CheckedContinuation<Element?, any Error>?
    var onDrained: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: the high watermark in octets; the low one is half of it.
  init(limit: Int) {
    self.limit = limit
  }

  /// Sets what is called when a full inbox has become half empty. Set once, before the first element.
  func setOnDrained(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.onDrained = action }
  }

  var isFull: Bool { state.withLock { $0.full } }

  /// What the elements count as that nobody has taken.
  var octets: Int { state.withLock { $0.octets } }

  /// Adds an element that counts as `cost` octets. Elements after ``finish()`` are dropped.
  func offer(_ element: Element, cost: Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      guard !state.finished else { return nil }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      state.elements.append((element, cost))
      state.octets += cost
      if state.octets >= limit { state.full = true }
      return nil
    }
    waiter?.resume(returning: element)
  }

  /// Adds an element, which may take another form when it has to wait behind others.
  /// - Parameters:
  ///   - cost: what it counts as by itself.
  ///   - joinedCost: what it counts as when it has become a part of the last element.
  ///   - pack: gets the last element that waits, which it may change so that it holds the new one, too. Returns what is
  ///     to be queued behind it; nil for nothing.
  func offer(_ element: Element, cost: Int, joinedCost: Int, pack: (inout Element) -> Element?) {
    let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      guard !state.finished else { return nil }
      if let waiter = state.waiter.take() { return waiter }
      var added: (element: Element, cost: Int)? = (element, cost)
      if var last = state.elements.popLast() {
        if let packed = pack(&last.element) {
          added?.element = packed
        } else {
          last.cost += joinedCost
          state.octets += joinedCost
          added = nil
        }
        state.elements.append(last)
      }
      if let added {
        state.elements.append(added)
        state.octets += added.cost
      }
      if state.octets >= limit { state.full = true }
      return nil
    }
    waiter?.resume(returning: element)
  }

  /// Ends the queue. What is in it can still be taken.
  func finish() {
    let waiter = state.withLock { state in
      state.finished = true
      state.onDrained = nil
      return state.waiter.take()
    }
    waiter?.resume(returning: nil)
  }

  /// The next element, if one is there already.
  func takeIfPresent() -> Element? {
    let (element, drained) = state.withLock { Self.pop(&$0, limit: limit) }
    drained?()
    return element
  }

  /// The next element; nil after the last one of a finished queue. One consumer at a time.
  /// - Throws: `CancellationError` when the task is cancelled while it waits; nothing is lost then.
  func next() async throws -> Element? {
    if let element = takeIfPresent() { return element }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (ready, drained) = state.withLock { state -> (Result<Element?, any Error>?, (@Sendable () -> Void)?) in
          let (element, drained) = Self.pop(&state, limit: limit)
          if let element { return (.success(element), drained) }
          if state.finished { return (.success(nil), nil) }
          if Task.isCancelled || state.waiter != nil { return (.failure(CancellationError()), nil) }
          state.waiter = continuation
          return (nil, nil)
        }
        drained?()
        if let ready { continuation.resume(with: ready) }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiter.take() }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Wakes who waits in ``next()``, with an error. Nothing is lost; without a waiter nothing happens.
  func interrupt(with error: any Error) {
    let waiter = state.withLock { $0.waiter.take() }
    waiter?.resume(throwing: error)
  }

  private static func pop(_ state: inout State, limit: Int) -> (Element?, (@Sendable () -> Void)?) {
    guard let (element, cost) = state.elements.popFirst() else { return (nil, nil) }
    state.octets -= cost
    guard state.full, state.octets <= limit / 2 else { return (element, nil) }
    state.full = false
    return (element, state.onDrained)
  }
}
