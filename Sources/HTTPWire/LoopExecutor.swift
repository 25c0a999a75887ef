import DequeModule
package import NIOCore
import Synchronization

/// Runs tasks on the thread of an event loop, so that what waits for a socket of that loop goes on without a change of
/// threads.
///
/// A task that blocks its thread blocks the sockets of the loop, too.
package final class LoopExecutor: TaskExecutor {
  private static let all = Mutex<[ObjectIdentifier: LoopExecutor]>([:])

  /// The loop whose thread it is.
  package let loop: any EventLoop

  /// What is ready to run, in turn. Touched on the loop's thread only.
  nonisolated(unsafe) private var jobs = Deque<UnownedJob>()
  /// Whether the loop was asked to run them: one task of it runs all that is ready.
  nonisolated(unsafe) private var isScheduled = false

  private init(_ loop: any EventLoop) {
    self.loop = loop
  }

  /// The executor of a loop, the same one each time.
  package static func of(_ loop: any EventLoop) -> LoopExecutor {
    all.withLock { all in
      if let known = all[ObjectIdentifier(loop)] { return known }
      let new = LoopExecutor(loop)
      all[ObjectIdentifier(loop)] = new
      return new
    }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    guard loop.inEventLoop else { return loop.execute { self.run(job) } }
    jobs.append(job)
    guard !isScheduled else { return }
    isScheduled = true
    loop.execute { self.runReady() }
  }

  /// Runs what is ready now. What becomes ready meanwhile is for another task of the loop.
  private func runReady() {
    isScheduled = false
    var left = jobs.count
    while left > 0, let job = jobs.popFirst() {
      left -= 1
      run(job)
    }
  }

  private func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}
