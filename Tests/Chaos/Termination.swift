import Foundation
import UnixSignals

/// What ends a process of the suite in order: SIGTERM, or the end of who started it.
enum Termination {
  static func wait(or parent: Task<Void, Never>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in await UnixSignalsSequence(trapping: .sigterm) { return } }
      group.addTask { await parent.value }
      await group.next()
      parent.cancel()
      group.cancelAll()
    }
  }
}
