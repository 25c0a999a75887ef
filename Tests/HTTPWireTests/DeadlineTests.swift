import HTTPTypes
import HTTPWire
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
  struct Failed: Error, Equatable {}

  @Test func `a body in time gives its value or its error`() async throws {
    let clock = TestClock()
    #expect(try await withDeadline(.seconds(1), clock: clock) { 7 } == 7)
    await #expect(throws: Failed()) { try await withDeadline(.seconds(1), clock: clock) { throw Failed() } }
  }

  @Test func `a late body is cancelled and awaited`() async throws {
    let clock = TestClock()
    let late = Task {
      try await withDeadline(.seconds(1), clock: clock) { try await TestClock().sleep(for: .seconds(5)) }
    }
    await clock.expire(.seconds(1))
    await #expect(throws: DeadlineExceeded()) { try await late.value }
  }

  @Test func `a value that comes after all is not lost`() async throws {
    let clock = TestClock()
    let late = Task {
      try await withDeadline(.seconds(1), clock: clock) {
        try? await TestClock().sleep(for: .seconds(5))
        return "made"
      }
    }
    await clock.expire(.seconds(1))
    #expect(try await late.value == "made")
  }

  @Test func `a cancelled caller gets the error of its body`() async throws {
    let clock = TestClock()
    let task = Task {
      try await withDeadline(.seconds(1), clock: clock) { try await TestClock().sleep(for: .seconds(5)) }
    }
    await clock.untilSomebodySleeps(for: .seconds(1))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test(arguments: [
    ("X", " a \t", "a"), ("x-y!#$%&'*+.^_`|~", "", ""), ("X", "a\tb", "a\tb"), ("X", "grüße", "grüße"), ("X", "  ", ""),
  ])
  func `a field is taken without the space around it`(name: String, value: String, expected: String) {
    #expect(CheckedFields.field(name: name, value: value)?.value == expected)
  }

  @Test(arguments: [
    ("", "a"), ("a b", "a"), ("a:", "a"), ("ä", "a"), ("X", "a\rb"), ("X", "a\nb"), ("X", "a\0b"), ("X", "a\u{1}b"),
    ("X", "a\u{7F}"), ("X", "a\r\nY: b"),
  ])
  func `a malformed field is refused, not mended`(name: String, value: String) {
    #expect(CheckedFields.field(name: name, value: value) == nil)
    #expect(CheckedFields.fields([("Good", "x"), (name, value)]) == nil)
  }
}
