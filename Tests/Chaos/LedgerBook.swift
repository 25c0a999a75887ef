import Synchronization

/// The ledger of a run, for all who write into it, with the time since the run began.
final class LedgerBook: Sendable {
  private let ledger = Mutex(Ledger())
  private let start = ContinuousClock.now

  var now: Duration { ContinuousClock.now - start }

  var copy: Ledger { ledger.withLock { $0 } }

  func note(_ work: (inout Ledger, Duration) -> Void) {
    let now = now
    ledger.withLock { work(&$0, now) }
  }

  /// Takes a line that a backend said.
  func backendSaid(_ line: String, life: Int) {
    let parts = line.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, let id = Int(parts[1]) else { return }
    switch parts[0] {
    case "+": note { ledger, _ in ledger.backendBegan(id, life: life) }
    case "-": note { ledger, _ in ledger.backendEnded(id, life: life, isWhole: parts.last == "whole") }
    case "!": note { ledger, _ in ledger.backendComplained(id, parts.count > 2 ? String(parts[2]) : "") }
    default: break
    }
  }
}
