import Foundation
import Switchboard

/// What one life of the gateway has counted, as its process says it.
struct GatewayCounts: Codable, Sendable, Equatable {
  var lines = 0
  var began = 0
  var answered = 0
  var refused = 0
  var lost = 0
  var failed = 0
  var cut = 0
  var abandoned = 0

  var ended: Int { answered + refused + lost + failed + cut + abandoned }
}

extension GatewayCounts {
  init(_ switchboard: Switchboard) {
    let calls = switchboard.calls
    lines = switchboard.joined.values.reduce(0, +)
    began = calls.began
    answered = calls.answered
    refused = calls.refused
    lost = calls.lost
    failed = calls.failed
    cut = calls.cut
    abandoned = calls.abandoned
  }

  /// Says it to who started this process.
  func say() throws { ChildVoice.say("counts " + String(decoding: try JSONEncoder().encode(self), as: UTF8.self)) }

  /// - Returns: `nil` for another line.
  init?(line: String) {
    guard line.hasPrefix("counts "),
      let counts = try? JSONDecoder().decode(Self.self, from: Data(line.dropFirst(7).utf8))
    else { return nil }
    self = counts
  }
}
