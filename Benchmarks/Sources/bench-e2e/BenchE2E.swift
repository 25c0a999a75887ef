import ArgumentParser
import BenchKit
import Foundation

/// `bench-e2e`
@main
struct BenchE2E: ParsableCommand {
  enum Scenario: String, CaseIterable, ExpressibleByArgument {
    case small, download, upload, paced, streams, idle, chain
  }

  static let configuration = CommandConfiguration(
    commandName: "bench-e2e",
    abstract: "Measure telephone end to end, on loopback, against its goals.",
    discussion: """
      scripts/bench builds everything and runs this. Starts a backend, a switchboard and an agent as processes of their
      own, drives load through them, and prints a table and the goals. Exit code 0, or 1 where a goal is missed.

      EXAMPLES:
        bench-e2e --telephone .build/release/telephone --pipeline Benchmarks/bench.yaml --quick
        bench-e2e --telephone .build/release/telephone --pipeline Benchmarks/bench.yaml --only small --rounds 5
      """)

  @Option(help: ArgumentHelp("The telephone to measure.", valueName: "program"))
  var telephone: String

  @Option(help: ArgumentHelp("The pipeline of the agent.", valueName: "file"))
  var pipeline: String

  @Flag(help: "Short runs: all scenarios in less than 3 minutes.")
  var quick = false

  @Option(help: "Rounds of each scenario (default: 3 when quick, else 7).")
  var rounds: Int?

  @Option(
    parsing: .upToNextOption,
    help: "Only these scenarios: \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).")
  var only: [Scenario] = []

  @Option(parsing: .upToNextOption, help: "The protocols to measure.")
  var protocols = [1, 2]

  func validate() throws {
    guard (1...100).contains(rounds ?? 1) else { throw ValidationError("--rounds must be from 1 to 100.") }
    guard !protocols.isEmpty, protocols.allSatisfy({ (1...2).contains($0) }) else {
      throw ValidationError("--protocols must be 1, 2 or both.")
    }
  }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
    Interrupts.watch { try? FileManager.default.removeItem(at: folder) }
    raiseDescriptorLimit()
    let telephone = URL(fileURLWithPath: telephone).path
    let pipeline = URL(fileURLWithPath: pipeline).path
    let tools = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    // The programs run in an empty folder: no .env is read, and a token store is a new one.
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    guard FileManager.default.changeCurrentDirectoryPath(folder.path) else {
      throw BenchProblem("\(folder.path) cannot be entered")
    }

    let began = Date()
    let bench = try Bench(
      telephone: telephone, tools: tools, pipeline: pipeline, protocols: protocols.sorted(),
      rounds: rounds ?? (quick ? 3 : 7), isQuick: quick)
    let chosen = only.isEmpty ? Scenario.allCases : only
    for scenario in Scenario.allCases where chosen.contains(scenario) {
      switch scenario {
      case .small: bench.run("1 KiB answers", bench.smallAnswers)
      case .download: bench.run("large answers") { try bench.largeBodies(.download) }
      case .upload: bench.run("large uploads") { try bench.largeBodies(.upload) }
      case .paced: bench.run("paced answers beside a download", bench.pacedAnswers)
      case .streams: bench.run("idle streams", bench.idleStreams)
      case .idle: bench.run("idle agents", bench.idleAgent)
      case .chain: bench.run("a chain of stages", bench.chain)
      }
    }
    bench.backend.stop()
    Output.print(
      "\(Machine.text), \(bench.rounds) rounds, \(Int(Date().timeIntervalSince(began))) s; medians of the rounds\n")
    Output.print(bench.report.text)
    for complaint in bench.report.complaints { Output.complain(complaint) }
    if bench.report.hasMissed { throw ExitCode(1) }
  }

  /// Thousands of streams are as many sockets in each process.
  private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// What the figures were measured on.
enum Machine {
  static var text: String {
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = release.prefix { $0.isNumber || $0 == "." }
    return "\(ProcessInfo.processInfo.activeProcessorCount) cores, Linux \(numbers)"
  }
}
