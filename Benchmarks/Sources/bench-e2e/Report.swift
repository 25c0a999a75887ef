import Foundation

/// The table, and the goals.
struct Report {
  struct Row {
    let scenario: String
    let path: String
    let figures: Figures
  }

  private(set) var rows: [Row] = []
  private(set) var goals: [Goal] = []
  /// What could not be measured.
  var problems: [String] = []

  mutating func add(_ scenario: String, _ path: String, _ runs: [Figures]) {
    guard let figures = Figures(medianOf: runs) else { return }
    rows.append(Row(scenario: scenario, path: path, figures: figures))
  }

  mutating func add(_ goal: Goal) { goals.append(goal) }

  var hasMissed: Bool { !problems.isEmpty || goals.contains { !$0.isMet } }

  /// A table that reads well as text and is Markdown.
  var text: String {
    var table = TextTable([
      "Load", "By way of", "req/s", "p50 µs", "p99 µs", "CPU µs/req: client", "switchboard", "agent", "backend",
      "Peak MiB: switchboard", "agent", "MiB/s",
    ])
    for row in rows {
      let figures = row.figures
      // The times of one large body say nothing per request.
      let isBody = figures.p99 == 0
      table.add([
        row.scenario, row.path, isBody ? "" : Self.number(figures.rate), isBody ? "" : Self.number(figures.p50),
        isBody ? "" : Self.number(figures.p99), isBody ? "" : Self.number(figures.load),
        isBody ? "" : Self.number(figures.switchboard), isBody ? "" : Self.number(figures.agent),
        isBody ? "" : Self.number(figures.backend), Self.mebibytes(figures.switchboardPeak),
        Self.mebibytes(figures.agentPeak),
        figures.mebibytesPerSecond > 0 ? Self.number(figures.mebibytesPerSecond) : "",
      ])
    }
    var list = TextTable(["", "Goal", "Measured", "Wanted"])
    for goal in goals { list.add([goal.isMet ? "ok" : "MISSED", goal.name, goal.measuredText, goal.wantedText]) }
    return ([table.text, "", list.text] + problems.map { "MISSED: not measured: \($0)" }).joined(separator: "\n")
  }

  /// What is wrong, one sentence for each goal that was missed.
  var complaints: [String] {
    goals.filter { !$0.isMet }.map { "missed: \($0.name): \($0.measuredText), wanted \($0.wantedText)\($0.distance)" }
      + problems.map { "not measured: \($0)" }
  }

  static func number(_ value: Double?) -> String {
    guard let value else { return "" }
    return String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
  }

  static func mebibytes(_ octets: Int?) -> String { octets.map { number(Double($0) / 1_048_576) } ?? "" }
}

/// One thing that is promised, and what it came to.
struct Goal {
  let name: String
  let measured: Double
  let limit: Double
  /// Whether ``limit`` is the least, instead of the most, that is wanted.
  var isLeast = false
  var unit = ""

  init(_ name: String, _ measured: Double, atMost limit: Double, _ unit: String = "") {
    self.name = name
    self.measured = measured
    self.limit = limit
    self.unit = unit
  }

  init(_ name: String, _ measured: Double, atLeast limit: Double, _ unit: String = "") {
    self.init(name, measured, atMost: limit, unit)
    isLeast = true
  }

  var isMet: Bool { isLeast ? measured >= limit : measured <= limit }
  var measuredText: String { "\(Report.number(measured))\(unit)" }
  var wantedText: String { "\(isLeast ? "at least" : "at most") \(Self.plain(limit))\(unit)" }

  /// By how much it was missed.
  var distance: String {
    guard measured > 0, limit > 0 else { return "" }
    let ratio = isLeast ? limit / measured : measured / limit
    return String(format: ", %.2f times off", ratio)
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }
}
