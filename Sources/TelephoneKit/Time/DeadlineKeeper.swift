import Synchronization

/// Something with a deadline.
package protocol Deadlined: AnyObject, Sendable {
  /// The time that was set has come; or it has come once and was moved away since. Called from any thread.
  func deadlinePassed()
}

/// Watches the deadlines of any number of waits with one task.
///
/// The task sleeps until the earliest deadline, tells those whose time has come, and sleeps again. A deadline that moves
/// away does not wake it: it looks again when it wakes. Where there is none left it ends. So a wait costs no task and no
/// timer, only a place in a table.
package final class DeadlineKeeper: Sendable {
  /// A place in the table.
  package typealias Place = Int

  private struct Entry {
    var watched: (any Deadlined)?
    var deadline: Duration?
  }

  private struct State {
    var entries: [Entry] = []
    var free: [Place] = []
    /// What the task sleeps until.
    var wakesAt: Duration?
    var task: Task<Void, Never>?
    var generation = 0
    var isStopped = false
  }

  package let timeline: Timeline
  private let state = Mutex(State())

  package init(_ timeline: Timeline) { self.timeline = timeline }

  deinit { state.withLock { $0.task }?.cancel() }

  /// Takes a place, which has no deadline yet. It holds `watched` until ``remove(_:)``.
  package func add(_ watched: any Deadlined) -> Place {
    state.withLock { state in
      if let place = state.free.popLast() {
        state.entries[place] = Entry(watched: watched)
        return place
      }
      state.entries.append(Entry(watched: watched))
      return state.entries.count - 1
    }
  }

  /// Sets or moves a deadline.
  /// - Parameter deadline: on the timeline; `nil` for none.
  package func set(_ place: Place, _ deadline: Duration?) {
    state.withLock { state in
      guard state.entries.indices.contains(place), state.entries[place].watched != nil else { return }
      state.entries[place].deadline = deadline
      if let deadline { sleep(until: deadline, &state) }
    }
  }

  /// Gives a place back, once.
  package func remove(_ place: Place) {
    state.withLock { state in
      guard state.entries.indices.contains(place), state.entries[place].watched != nil else { return }
      state.entries[place] = Entry()
      state.free.append(place)
    }
  }

  /// Nobody is told any more.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      state.task?.cancel()
      state.task = nil
      state.wakesAt = nil
    }
  }

  private func sleep(until deadline: Duration, _ state: inout State) {
    guard !state.isStopped else { return }
    if let wakesAt = state.wakesAt, wakesAt <= deadline { return }
    state.task?.cancel()
    state.generation += 1
    state.wakesAt = deadline
    let generation = state.generation
    state.task = Task { [weak self, timeline] in
      do { try await timeline.sleep(until: deadline) } catch { return }
      self?.wake(generation)
    }
  }

  private func wake(_ generation: Int) {
    let now = timeline.now()
    let due = state.withLock { state -> [any Deadlined] in
      guard state.generation == generation, !state.isStopped else { return [] }
      state.task = nil
      state.wakesAt = nil
      var due: [any Deadlined] = []
      var next: Duration?
      for place in state.entries.indices {
        guard let deadline = state.entries[place].deadline else { continue }
        if deadline > now {
          next = min(next ?? deadline, deadline)
        } else if let watched = state.entries[place].watched {
          state.entries[place].deadline = nil
          due.append(watched)
        }
      }
      if let next { sleep(until: next, &state) }
      return due
    }
    for watched in due { watched.deadlinePassed() }
  }
}
