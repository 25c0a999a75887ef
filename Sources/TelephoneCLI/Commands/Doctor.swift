import ArgumentParser
import NIOCore
import TelephoneKit

/// `telephone doctor [PIPELINE]`
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try each step between the settings and a served request, and say what fails and what to do.",
    discussion: """
      Takes the settings of telephone run, from the same places. Nothing is written; the backend gets a connection and no \
      request. The join is a real one, on a socket of its own beside a running agent's: the gateway may count this line, \
      and hand it a request before it is left again, which is refused (protocol 2), or answered 503 with Retry-After \
      (protocol 1). --no-join leaves it out. A token is never shown. Exit code 0 if nothing failed, 1 if something did, \
      64 for wrong usage, 130 after Ctrl-C.

      EXAMPLES:
        telephone doctor
        telephone doctor --gateway ws://127.0.0.1:4000/telephone/websocket
        telephone doctor pipelines/public-api.yaml --env /etc/telephone/telephone.env --format json
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline = DefaultPipeline.path

  @Option(help: ArgumentHelp("The same as --plugboard-url.", valueName: "url"))
  var gateway: String?

  @Option(help: ArgumentHelp("How long each step may wait.", valueName: "duration"))
  var timeout = "5s"

  @Option(help: "A line for a person, or a JSON object on each line.")
  var format = FindingPrinter.Format.text

  @Flag(inversion: .prefixedNo, help: "Whether the gateway's channel is joined.")
  var join = true

  @OptionGroup var source: SettingsSource.Options
  @OptionGroup(title: "Settings") var flags: SettingFlags

  func run() async throws {
    guard let limit = Duration(text: timeout), limit > .zero, limit <= .seconds(600) else {
      throw CommandProblem("--timeout must be a duration up to 10m such as 5s, not '\(timeout)'.", .usage)
    }
    var values = flags.values
    if let gateway {
      guard values[Setting.gateway.name] == nil else {
        throw CommandProblem("--gateway and --plugboard-url are the same setting. Give one of them.", .usage)
      }
      values[Setting.gateway.name] = gateway
    }
    NIOSingletons.groupLoopCountSuggestion = 1
    let visit = DoctorVisit(
      source: try await source.source(flags: values), settingsFile: source.environmentFile ?? ".env",
      pipeline: pipeline, joins: join,
      examination: Examination(printer: FindingPrinter(format: format), timeout: limit))

    let isWell = try await Interruptible.run(limit: limit + .seconds(10)) {
      var visit = visit
      return try await visit.run()
    }
    if !isWell { throw ExitCode(ExitStatus.problems.rawValue) }
  }
}
