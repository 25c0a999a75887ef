/// How a house is built.
struct HouseShape: Sendable, Equatable {
  /// The newest protocol that the gateway grants, 1 or 2.
  var newestProtocol = 2
  /// The lines of the agent.
  var lines = 1
  /// The line losses that it is to survive.
  var losses: Int

  var name: String { "protocol \(newestProtocol), \(lines) line\(lines == 1 ? "" : "s")" }

  /// The houses of a run.
  static func all(losses: Int, isShort: Bool) -> [HouseShape] {
    guard !isShort else { return [HouseShape(losses: losses)] }
    let two = losses * 35 / 100
    let old = losses * 20 / 100
    return [
      HouseShape(losses: losses - two - old), HouseShape(lines: 2, losses: two),
      HouseShape(newestProtocol: 1, losses: old),
    ].filter { $0.losses > 0 }
  }
}
