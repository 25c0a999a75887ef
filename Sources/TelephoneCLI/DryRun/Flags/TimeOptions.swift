import ArgumentParser
import Foundation
import Rehearsal
import TelephoneKit

/// The clock of a dry-run: it stands still until it is told to move.
struct TimeOptions: ParsableArguments {
  /// The most requests of one dry-run.
  static let mostRequests = 10_000

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "The date at the beginning, such as 2026-01-31T12:00:00Z, or seconds since 1970. Default: now.",
      valueName: "date"))
  var start: String?

  @Option(
    help: ArgumentHelp("How far the clock is moved between two requests.", valueName: "duration"),
    transform: FlagValue.duration)
  var advance: Duration?

  @Option(name: .customLong("repeat"), help: ArgumentHelp("How often the requests are sent.", valueName: "count"))
  var count = 1

  /// - Throws: a ``CommandProblem`` that names the flag.
  func date() throws -> Date {
    guard let start else { return Date() }
    guard let date = Date(rehearsed: start) else {
      throw CommandProblem("--at '\(start)' is no date; write 2026-01-31T12:00:00Z.", .usage)
    }
    return date
  }

  /// The requests as often as they are to be sent.
  func repeated(_ drafts: [RequestDraft]) throws -> [RequestDraft] {
    guard (1...Self.mostRequests).contains(count), drafts.count <= Self.mostRequests / count else {
      throw CommandProblem(
        "--repeat \(count) of \(drafts.count) request\(drafts.count == 1 ? "" : "s") is not from 1 to "
          + "\(Self.mostRequests) requests.", .usage)
    }
    return (0..<count).flatMap { _ in drafts }
  }
}
