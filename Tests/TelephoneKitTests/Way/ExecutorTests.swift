import Dispatch
import TelephoneKit
import TelephoneTesting
import Testing

/// Where the tasks of an exchange run, and how few they are.
@Suite(.timeLimit(.minutes(1)))
struct ExecutorTests {
  /// Runs what it is given on a queue of its own.
  final class Queue: TaskExecutor {
    private let queue = DispatchQueue(label: "test")

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    var isCurrent: Bool {
      withUnsafeCurrentTask { $0?.unownedTaskExecutor == asUnownedTaskExecutor() }
    }
  }

  @Test func `what an exchange begins runs on the executor that it was given`() async throws {
    let executor = Queue()
    let diary = Diary()
    let note: @Sendable (String) -> Void = { diary.note("\($0) \(executor.isCurrent)") }
    let ran = Gate()
    let line = try Line(
      .request("begin") { exchange in
        exchange.begin {
          note("child")
          ran.open()
        }
        exchange.onEnd { _ in note("end") }
        try await ran.enter()
        return .proceed
      },
      .backend { _ in
        note("stage")
        return Response()
      },
      .finally { _, _ in
        await Task.yield()
        note("finally")
      })
    let task = Task(executorPreference: executor) {
      await line.pipeline.run(Request(), id: "1", into: RecordingSink(), on: executor)
    }
    #expect(await task.value.kind == .delivered)
    #expect(diary.notes == ["child true", "stage true", "end true", "finally true"])
  }

  /// Counts who waits for the time, and lets nobody wait.
  struct CountingClock: Clock {
    let inner = ContinuousClock()
    let sleeps = Diary()
    var now: ContinuousClock.Instant { inner.now }
    var minimumResolution: Duration { inner.minimumResolution }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
      sleeps.note("sleep")
      throw CancellationError()
    }
  }

  @Test func `a conclusion that ends at once needs no timer`() async throws {
    let clock = CountingClock()
    let diary = Diary()
    let pipeline = try Pipeline(
      name: "test",
      steps: [
        .request("slot") { exchange in
          exchange.onEnd { _ in diary.note("end") }
          return .proceed
        },
        .backend { _ in Response() }, .emit(), .finally { _, _ in diary.note("finally") },
      ], clock: clock, logger: .silent)
    _ = await pipeline.run(Request(), id: "1", into: RecordingSink())
    #expect(diary.notes == ["end", "finally"])
    #expect(clock.sleeps.notes.isEmpty)
  }
}
