import Agent
import Tunnel

/// Gives back memory while an agent has nothing to do, see ``ResidentCode`` and ``FreedMemory``.
struct IdleCare {
  /// After the start, when the line should be up.
  private static let firstLook = Duration.milliseconds(300)
  private static let interval = Duration.seconds(10)

  let agent: Agent
  let clock: any Clock<Duration>

  /// Goes on until its task is cancelled.
  func run() async {
    var wait = Self.firstLook
    var seen = 0
    var releasedAt: Int?
    while (try? await clock.sleep(for: wait)) != nil {
      let status = agent.status
      let exchanges = agent.counters.values.exchanges
      if status.phase == .up, status.inFlight == 0, exchanges == seen, releasedAt != exchanges {
        ResidentCode.release()
        FreedMemory.giveBack()
        releasedAt = exchanges
      }
      seen = exchanges
      wait = status.phase == .up ? Self.interval : Self.firstLook
    }
  }
}
