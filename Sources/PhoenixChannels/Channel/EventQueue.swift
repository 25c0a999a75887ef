import DequeModule
import Synchronization

/// The bounded queue between the reader of the socket and the reader of one channel.
final class EventQueue: Sendable {
  private struct State {
    var events = Deque<(event: Channel.Event, cost: Int)>()
    var octets = 0
    var finished = false
    /// The reader of the channel is gone: nothing is kept, and nobody is held up.
    var abandoned = false
    var consumer: CheckedContinuation<Channel.Event?, Never>?
    var producer: CheckedContinuation<Void, Never>?
  }

  private let maxOctets: Int
  private let maxCount: Int
  private let state = Mutex(State())

  init(maxOctets: Int, maxCount: Int) {
    self.maxOctets = maxOctets
    self.maxCount = maxCount
  }

  private func isFull(_ state: State) -> Bool {
    !state.abandoned && (state.octets >= maxOctets || state.events.count >= maxCount)
  }

  /// Adds an event that counts as `cost` octets.
  /// - Returns: whether the queue is full now; then ``waitForSpace()`` before the next.
  func offer(_ event: Channel.Event, cost: Int) -> Bool {
    let (consumer, full) = state.withLock { state in
      if state.finished || state.abandoned { return (state.consumer.take(), false) }
      if let consumer = state.consumer.take() { return (consumer, false) }
      state.events.append((event, cost))
      state.octets += cost
      return (nil, isFull(state))
    }
    consumer?.resume(returning: event)
    return full
  }

  /// Returns when the queue is no longer full, its reader is gone, or the task is cancelled.
  func waitForSpace() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          guard isFull(state), !Task.isCancelled else { return true }
          state.producer = continuation
          return false
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.producer.take() }?.resume()
    }
  }

  /// The next event; nil after the last, or when the task is cancelled. One consumer at a time.
  func next() async -> Channel.Event? {
    if let event = takeIfPresent() { return event }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (ready, producer) = state.withLock { state -> (Channel.Event??, CheckedContinuation<Void, Never>?) in
          let (event, producer) = pop(&state)
          if let event { return (.some(event), producer) }
          if state.finished || Task.isCancelled || state.consumer != nil { return (.some(nil), nil) }
          state.consumer = continuation
          return (nil, nil)
        }
        producer?.resume()
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      state.withLock { $0.consumer.take() }?.resume(returning: nil)
    }
  }

  /// The next event, if one is there already.
  func takeIfPresent() -> Channel.Event? {
    let (event, producer) = state.withLock { pop(&$0) }
    producer?.resume()
    return event
  }

  private func pop(_ state: inout State) -> (Channel.Event?, CheckedContinuation<Void, Never>?) {
    guard let (event, cost) = state.events.popFirst() else { return (nil, nil) }
    state.octets -= cost
    return (event, isFull(state) ? nil : state.producer.take())
  }

  /// Nothing more comes; what is in the queue can still be read.
  func finish() {
    let consumer = state.withLock { state in
      state.finished = true
      return state.consumer.take()
    }
    consumer?.resume(returning: nil)
  }

  /// Nobody reads any more.
  func abandon() {
    let producer = state.withLock { state in
      state.abandoned = true
      state.events.removeAll()
      state.octets = 0
      return state.producer.take()
    }
    producer?.resume()
  }
}
