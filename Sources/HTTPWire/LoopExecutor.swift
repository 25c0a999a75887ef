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
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
