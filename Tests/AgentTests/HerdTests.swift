import Agent
import Foundation
import Testing

/// A thousand agents after the restart of their gateway: none is lost, and they do not come together.
@Suite struct HerdTests {
  private static let count = 1000
  private static let span = Duration.seconds(16)

  private static func herd(_ code: UInt16?, downFor: Duration, seed: UInt64 = 4) -> Herd {
    var herd = Herd(count: count, seed: seed, restart: Herd.Restart(code: code, downFor: downFor))
    herd.run(until: .seconds(120))
    return herd
  }

  /// With the most that may come in any 100 ms: of agents that come evenly within a second it would be 100.
  @Test(
    arguments: [
      (nil, Duration.zero, 150), (nil, .seconds(3), 100), (1012, .zero, 150), (1001, .zero, 150),
      (1012, .seconds(3), 100), (1006, .seconds(1), 200),
      (1006, .seconds(3), 100), (1006, .seconds(20), 60),
    ] as [(UInt16?, Duration, Int)])
  func `after a restart all come back, spread over time`(_ code: UInt16?, _ downFor: Duration, _ bound: Int) {
    for seed in UInt64(1)...2 {
      let herd = Self.herd(code, downFor: downFor, seed: seed)
      let back = herd.arrivals.filter { $0 >= .zero }
      #expect(back.count == Self.count)
      let peak = HerdPlot.peak(back, in: .milliseconds(100))
      #expect(peak <= bound)
      #expect(peak > 5)
    }
  }

  @Test func `while the gateway is away, the port is not flooded`() {
    let herd = Self.herd(1006, downFor: .seconds(60))
    // The first dial is made at once; after it the waits grow.
    let later = herd.refusals.filter { $0 >= .seconds(30) }
    #expect(HerdPlot.peak(later, in: .seconds(1)) < 150)
    #expect(herd.refusals.count < 10 * Self.count)
  }

  @Test func `the picture in the documentation shows these curves`() throws {
    let picture = HerdPlot(
      span: Self.span,
      curves: [
        .init(
          title: "orderly restart (1012), another gateway takes over at once", color: "steelblue",
          arrivals: Self.herd(1012, downFor: .zero).arrivals),
        .init(
          title: "orderly restart (1012), back after 3 s", color: "seagreen",
          arrivals: Self.herd(1012, downFor: .seconds(3)).arrivals),
        .init(
          title: "killed, back after 3 s", color: "indianred",
          arrivals: Self.herd(1006, downFor: .seconds(3)).arrivals),
      ])
    try Documentation.expect("reconnect.svg", toBe: picture.svg)
  }
}

/// Files in `docs/` that the tests make. With `UPDATE_DOCS=1` in the environment they are written, not compared.
enum Documentation {
  static func text(_ name: String) throws -> String {
    try String(contentsOf: url(name), encoding: .utf8)
  }

  static func expect(_ name: String, toBe text: String) throws {
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
      try Data(text.utf8).write(to: url(name))
    }
    let isTrue = try self.text(name) == text
    #expect(isTrue, "docs/\(name) is old: run the tests with UPDATE_DOCS=1")
  }

  private static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/\(name)")
  }
}
