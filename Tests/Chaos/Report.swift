/// What a run found, for a person.
struct Report: Sendable {
  var seed: UInt64
  var inFlight: Int
  var results: [ShapeResult] = []

  var holds: Bool { results.allSatisfy { $0.checks.allSatisfy(\.holds) } && !results.isEmpty }

  /// All of it, in lines.
  /// - Parameter terminal: says whether there is colour.
  func text(_ terminal: Terminal, seconds: Int) -> String {
    var lines = ["", "Time to be up again, in ms, from the moment at which it could be:", "", Self.header]
    var all = Distribution()
    for kind in Fault.Kind.allCases {
      var times = Distribution()
      for result in results { times.add(result.upAgain[kind] ?? Distribution()) }
      guard times.count > 0 else { continue }
      all.add(times)
      lines.append(Self.row(kind.rawValue, times))
    }
    lines.append(Self.row("all", all))
    for result in results {
      lines += [
        "",
        "\(result.shape.name): \(result.losses) line losses, \(result.faults) faults, \(result.exchanges) exchanges",
      ]
      for check in result.checks {
        lines.append(
          "\(check.holds ? terminal.green("ok  ") : terminal.red("FAIL"))  \(check.name)"
            + (check.detail.isEmpty ? "" : ": \(check.detail)"))
      }
    }
    let losses = results.reduce(0) { $0 + $1.losses }
    lines += [
      "",
      "seed \(seed), \(inFlight) in flight, \(losses) line losses, \(seconds) s: "
        + (holds ? "all held" : "NOT all held; repeat it with --seed \(seed)"),
    ]
    return lines.joined(separator: "\n")
  }

  private static let header =
    Text.left("fault", 24) + ["count", "min", "p50", "p90", "p99", "max"].map { Text.right($0, 7) }.joined()

  private static func row(_ name: String, _ times: Distribution) -> String {
    let values = [times.minimum, times.percentile(50), times.percentile(90), times.percentile(99), times.maximum]
    return Text.left(name, 24) + Text.right("\(times.count)", 7)
      + values.map { Text.right(Text.milliseconds($0), 7) }.joined()
  }
}
