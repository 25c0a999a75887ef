import ArgumentParser
import Foundation
import TestSupport

/// `chaos`: the live fault suite.
@main
struct ChaosCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chaos",
    abstract:
      "Break everything between a gateway, an agent and a backend, and see that nothing is lost twice or forgotten.",
    discussion: """
      scripts/chaos builds everything and runs this. A gateway, an agent (telephone run) and a backend run as processes of
      their own, while clients keep exchanges in flight and a seeded plan cuts, stalls, freezes and kills. Then what each
      side counted is compared. docs/chaos.md tells more.

      Exit code 0 if all held, 1 if not, 64 for wrong usage, 70 if the suite itself failed, 130 for Ctrl-C.

      EXAMPLES:
        scripts/chaos --seed 1
        scripts/chaos --short --seed 7
        scripts/chaos --seed 1 --losses 50 --in-flight 64 --keep-logs /tmp/chaos
      """,
    subcommands: [RunCommand.self, GatewayCommand.self, BackendCommand.self], defaultSubcommand: RunCommand.self)

  static func main() async {
    CleanStart.becomeIfAsked(CommandLine.arguments)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let problem as ChaosProblem {
      Terminal.error.print("\(Terminal.error.red("error:")) \(problem.description)")
      Foundation.exit(70)
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      (code == 0 ? Terminal.output : Terminal.error).print(message)
      Foundation.exit(code == 0 || code == 64 ? code : 70)
    }
  }
}

/// `chaos`, without a subcommand.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the suite.", discussion: ChaosCommand.configuration.discussion,
    shouldDisplay: false)

  @Option(help: "Decides which faults come when; the same seed plans the same.")
  var seed: UInt64 = 1

  @Option(help: "Line losses to survive (default: 200, short: 10).")
  var losses: Int?

  @Option(help: "Exchanges that are always in flight.")
  var inFlight = 32

  @Flag(help: "One house and few losses, in less than a minute.")
  var short = false

  @Option(help: ArgumentHelp("Where logs are written, and stay.", valueName: "dir"))
  var keepLogs: String?

  @Option(help: ArgumentHelp("The telephone to test (default: the one beside this program).", valueName: "program"))
  var telephone: String?

  func validate() throws {
    guard (1...100_000).contains(losses ?? 1) else { throw ValidationError("--losses must be from 1 to 100000.") }
    guard (1...512).contains(inFlight) else { throw ValidationError("--in-flight must be from 1 to 512.") }
    let program = telephonePath
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw ValidationError("There is no telephone at \(program). Build it (swift build), or name it with --telephone.")
    }
  }

  private var telephonePath: String {
    if let telephone { return URL(fileURLWithPath: telephone).path }
    return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("telephone").path
  }

  func run() async throws {
    OpenFiles.allow(4096)
    let program = telephonePath
    let folder =
      keepLogs.map { URL(fileURLWithPath: $0).path }
      ?? FileManager.default.temporaryDirectory.appendingPathComponent("chaos-\(UUID().uuidString)").path
    let isKept = keepLogs != nil
    let cleanUp: @Sendable () -> Void = { if !isKept { try? FileManager.default.removeItem(atPath: folder) } }
    Interrupts.watch(cleanUp)
    // The programs run in a folder that holds no .env.
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard FileManager.default.changeCurrentDirectoryPath(folder) else {
      throw ChaosProblem("\(folder) cannot be entered. Name another one with --keep-logs.")
    }
    let begin = ContinuousClock.now
    var report = Report(seed: seed, inFlight: inFlight)
    let progress = Progress()
    do {
      for (number, shape) in HouseShape.all(losses: losses ?? (short ? 10 : 200), isShort: short).enumerated() {
        progress.begin(shape)
        report.results.append(
          try await ChaosRun(
            shape: shape, seed: seed &+ UInt64(number), inFlight: inFlight, telephone: program,
            folder: "\(folder)/\(number + 1)", warmUp: .seconds(short ? 2 : 6), progress: progress
          ).run())
      }
    } catch {
      ChildProcess.endAll()
      Terminal.error.print("The logs are in \(folder); repeat it with --seed \(seed).")
      throw error
    }
    let seconds = Int((ContinuousClock.now - begin) / .seconds(1))
    Terminal.output.print(report.text(Terminal.output, seconds: seconds))
    guard report.holds else {
      Terminal.error.print("The logs are in \(folder).")
      throw ExitCode(1)
    }
    cleanUp()
  }
}
