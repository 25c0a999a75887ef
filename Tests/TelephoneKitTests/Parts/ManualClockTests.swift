import TelephoneKit
import TelephoneTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ManualClockTests {
  @Test func `time stands still until it is moved`() async throws {
    let clock = ManualClock()
    #expect(clock.now.offset == .zero)
    clock.advance(by: .seconds(5))
    #expect(clock.now.offset == .seconds(5))
    try await clock.sleep(until: .init(offset: .seconds(5)))
    try await clock.sleep(for: .zero)
  }

  @Test func `sleepers wake when their time has come, and not before`() async throws {
    let clock = ManualClock()
    let diary = Diary()
    try await withThrowingTaskGroup { group in
      for seconds in [3, 1, 2] {
        group.addTask {
          try await clock.sleep(for: .seconds(seconds))
          diary.note("\(seconds)")
        }
      }
      await clock.sleepers(3)
      clock.advance(by: .milliseconds(999))
      for expected in ["1", "2", "3"] {
        clock.advance(by: .milliseconds(expected == "1" ? 1 : 1000))
        try await group.next()
        #expect(diary.notes.last == expected)
      }
    }
    #expect(diary.notes == ["1", "2", "3"])
  }

  @Test func `a sleeper that is cancelled wakes at once`() async throws {
    let clock = ManualClock()
    let task = Task { try await clock.sleep(for: .seconds(1)) }
    await clock.sleepers(1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `a cancelled task does not fall asleep`() async throws {
    let clock = ManualClock()
    let gate = Gate()
    let task = Task {
      try? await gate.enter()
      try await clock.sleep(for: .seconds(1))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
