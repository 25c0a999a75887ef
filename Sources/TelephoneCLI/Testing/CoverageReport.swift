import PipelineFile
import Rehearsal
import TelephoneKit

/// What of each pipeline its tests have reached.
struct CoverageReport {
  struct Part {
    var file: String
    var items: [Coverage.Item]
    var coverage: Coverage

    var missed: [Coverage.Item] { coverage.missed(of: items) }
  }

  private(set) var parts: [Part] = []

  /// Tests of one pipeline count together, also if they stand in several files.
  init(_ report: TestReport) {
    for file in report.files {
      guard let pipeline = file.suite?.pipeline else { continue }
      let name = FilePath.identity(of: pipeline.file)
      if !parts.contains(where: { FilePath.identity(of: $0.file) == name }) {
        parts.append(Part(file: pipeline.file, items: Coverage.items(of: pipeline), coverage: Coverage()))
      }
      for index in parts.indices where FilePath.identity(of: parts[index].file) == name {
        for result in file.results { parts[index].coverage.join(result.coverage) }
      }
    }
  }

  private var total: Int { parts.reduce(0) { $0 + $1.items.count } }
  private var reached: Int { total - parts.reduce(0) { $0 + $1.missed.count } }

  /// Whether at least so many percent are covered.
  func reaches(_ percent: Double) -> Bool { Double(reached) * 100 >= percent * Double(total) }

  func lines(_ terminal: Terminal, failUnder: Double?) -> [String] {
    var lines = [""]
    for part in parts {
      let missed = part.missed
      let words = Self.words(part.items.count - missed.count, of: part.items.count)
      lines.append("coverage of \(part.file): \(missed.isEmpty ? terminal.green(words) : terminal.yellow(words))")
      lines += missed.map { "  \($0.place): \($0.words)" }
    }
    let words = "coverage in all: \(Self.words(reached, of: total))"
    guard let failUnder, !reaches(failUnder) else { return lines + [words] }
    return lines + [terminal.red("\(words), less than the \(Self.percent(failUnder)) of --fail-under")]
  }

  private static func words(_ reached: Int, of total: Int) -> String {
    // Rounded down, so that 100 means all.
    let percent = total == 0 ? 100 : (Double(reached) / Double(total) * 1000).rounded(.down) / 10
    return "\(reached) of \(total), \(Self.percent(percent))"
  }

  private static func percent(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number)) %" : "\(number) %"
  }
}
