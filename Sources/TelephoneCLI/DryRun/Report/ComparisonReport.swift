import TelephoneKit

/// Writes what differs between two pipelines.
struct ComparisonReport {
  let terminal: Terminal

  func lines(_ comparison: Comparison) -> [String] {
    var lines = [terminal.red("- \(comparison.first)"), terminal.green("+ \(comparison.second)"), ""]
    for exchange in comparison.exchanges {
      let mark = exchange.differsInDecision ? terminal.red("decided otherwise") : "the same decision"
      lines.append("\(exchange.number) \(terminal.bold(exchange.request)): \(mark)")
      for difference in exchange.differences {
        lines.append("    \(difference.subject)")
        lines.append("      \(terminal.red("- \(difference.first ?? "(none)")"))")
        lines.append("      \(terminal.green("+ \(difference.second ?? "(none)")"))")
      }
      lines.append("")
    }
    return lines + [comparison.summary]
  }
}

/// The comparison as JSON.
struct JSONComparison: Encodable {
  var telephone = "comparison/1"
  var first: String
  var second: String
  var requests: Int
  var differences: [Comparison.Exchange]
  var differsInDecision: Bool

  init(_ comparison: Comparison) {
    first = comparison.first
    second = comparison.second
    requests = comparison.count
    differences = comparison.exchanges
    differsInDecision = comparison.differsInDecision
  }
}
