import HTTPTypes
import HTTPWire
import NIOCore
import TelephoneKit

/// One request of a client, from the door to a telephone and back.
struct Call: Sendable {
  let request: ServerRequest
  let response: ResponseWriter
  let target: CallTarget
  let settings: SwitchboardSettings
  let lines: LineTable
  /// Bounds the wait for an answer's head.
  let deadlines: DeadlineKeeper
  /// What request bodies that are held whole may take, of all calls together.
  let bodies: OctetBudget
  let clock: any Clock<Duration>
  /// How much of the switchboard's start grace is left.
  let grace: Duration

  /// Has a line carry the call. One that a line did not take goes once to another one.
  /// - Throws: an `ExchangeError` that is to be answered, while the head was not written; else what broke the answer.
  func run() async throws {
    if grace > .zero, !lines.hasLine(for: target.pathID) {
      try? await withDeadline(grace, clock: clock) { [lines, target] in try await lines.untilJoined(target.pathID) }
    }
    let line = try choose()
    do {
      try await line.carry(self)
    } catch let first as NotTaken {
      guard case .line(let other) = lines.next(for: target.pathID, otherThan: line) else { throw first.answer }
      do {
        try await other.carry(self)
      } catch let second as NotTaken {
        throw second.answer
      }
    }
  }

  private func choose() throws -> any GatewayLine {
    switch lines.next(for: target.pathID) {
    case .line(let line): return line
    case .full: throw Failure.allLinesFull
    case .none: throw Failure.noTelephone
    }
  }
}
