import ArgumentParser
import PipelineFile
import Rehearsal
import TelephoneKit

/// `telephone dry-run PIPELINE`
struct DryRun: AsyncParsableCommand {
  enum BackendChoice: String, ExpressibleByArgument, CaseIterable {
    case stub, live
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  static let configuration = CommandConfiguration(
    commandName: "dry-run",
    abstract: "Run requests through a pipeline and show what each stage does to them.",
    discussion: """
      Nothing leaves the machine: a stub answers in the place of every backend, and no stage opens a socket, unless \
      '--backend live' is given. Time stands still but for what stubs wait for and '--advance' says. Variables that are not \
      set fall back to the examples of the file. One request is shown stage by stage, with its answer as it would be \
      emitted; several become a table. docs/dry-run.md tells all of it.

      Exit code 0, whatever the pipeline decides; 1 if the pipeline file has problems or '--compare' finds another decision; \
      64 if flags or requests cannot be used.

      EXAMPLES:
        telephone dry-run pipelines/demo.yaml --target '/api/../hello?x=%20y' --explain
        telephone dry-run pipelines/demo.yaml --curl "curl -X POST https://api.example.com/api/v1/%2e%2e/users -d a=1"
        telephone dry-run pipelines/demo.yaml --request session.har --format html > report.html
        telephone dry-run pipelines/demo.yaml --target /limited --repeat 5 --advance 1s
        telephone dry-run pipelines/demo.yaml --request recordings --compare pipelines/new.yaml
        telephone dry-run pipelines/demo.yaml --stub-status 503 --stub-delay 20s
        telephone dry-run pipelines/default.yaml --backend live
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline: String

  @OptionGroup(title: "Requests") var request: RequestOptions

  @OptionGroup(title: "Stub") var stub: StubOptions

  @OptionGroup(title: "Time") var time: TimeOptions

  @Option(help: "What answers in the backend track: a stub, or the backend itself.")
  var backend = BackendChoice.stub

  @Option(
    help: ArgumentHelp("A file that holds the key set of a URL; may be repeated.", valueName: "url=file"))
  var jwks: [String] = []

  @Option(help: "How the result is written: for people, for programs, or as one page for a browser.")
  var format = Format.text

  @Flag(help: "Say why each 'when' did or did not match, part by part.")
  var explain = false

  @Option(help: ArgumentHelp("Of several requests, also show this one stage by stage.", valueName: "number"))
  var show: [Int] = []

  @Option(
    help: ArgumentHelp("Another pipeline file: show what differs in what becomes of the requests.", valueName: "other"))
  var compare: String?

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let settings = try await source.source()
    let drafts = try time.repeated(try request.drafts())
    let plan = try plan()
    for number in show where !(1...drafts.count).contains(number) {
      throw CommandProblem("--show \(number): there are only \(drafts.count) requests.", .usage)
    }
    if compare != nil {
      if format == .html { throw CommandProblem("--compare is written as text or json, not as html.", .usage) }
      if explain { throw CommandProblem("--explain shows one file and cannot stand beside --compare.", .usage) }
    }
    var pass = try pass(pipeline, plan, settings)
    if let compare {
      var other = try self.pass(compare, plan, settings)
      try await pass.run(drafts)
      try await other.run(drafts)
      let comparison = Comparison(pass, other)
      try write(comparison)
      if comparison.differsInDecision { throw ExitCode(ExitStatus.problems.rawValue) }
      return
    }
    if format == .text, drafts.count == 1 {
      try await showOne(drafts, &pass)
    } else {
      try await pass.run(drafts)
      try write(pass)
    }
  }

  private func plan() throws -> RehearsalPlan {
    let start = try time.date()
    let files = try KeySetFiles.read(jwks)
    guard backend == .live else {
      return RehearsalPlan(backend: .stub(try stub.plan()), start: start, filesOfURLs: files)
    }
    var flags = stub.given
    if time.start != nil { flags.append("--at") }
    if time.advance != nil { flags.append("--advance") }
    if !jwks.isEmpty { flags.append("--jwks") }
    if let flag = flags.first {
      throw CommandProblem("\(flag) has no effect on live backends; leave it out, or '--backend live'.", .usage)
    }
    if time.count != 1 {
      throw CommandProblem("--repeat is for the stub and cannot stand beside '--backend live'.", .usage)
    }
    return RehearsalPlan(backend: .live, start: start)
  }

  private func pass(_ file: String, _ plan: RehearsalPlan, _ settings: SettingsSource) throws -> DryRunPass {
    let checked = try PipelineFiles.load(file, mode: .check, settings)
    for note in checked.notes where note.severity == .note { Terminal.error.print(Terminal.error.dim(note.headline)) }
    return DryRunPass(checked, plan, advance: time.advance ?? .zero)
  }

  /// Shows one request while it goes its way.
  private func showOne(_ drafts: [RequestDraft], _ pass: inout DryRunPass) async throws {
    let report = TextReport(pass.pipeline, explains: explain)
    let checked = pass.pipeline
    let counter = EntryCounter()
    for note in drafts.flatMap(\.notes) { Terminal.error.print(Terminal.error.dim("note: \(note)")) }
    try await pass.run(
      drafts,
      willSend: { draft, redaction in Terminal.output.print(report.title(draft, redaction, through: checked)) },
      onEntry: { entry in
        for line in report.lines(entry, number: counter.next()) { Terminal.output.print(line) }
      })
    for exchange in pass.exchanges { for line in report.ending(exchange.result) { Terminal.output.print(line) } }
  }

  private func write(_ pass: DryRunPass) throws {
    switch format {
    case .json: Terminal.output.print(try JSONReport.text(JSONReport(pass)))
    case .html: Terminal.output.print(HTMLReport(pass).text)
    case .text:
      for note in pass.notes { Terminal.error.print(Terminal.error.dim("note: \(note)")) }
      for line in TableReport(terminal: .output).lines(pass) { Terminal.output.print(line) }
      let report = TextReport(pass.pipeline, explains: explain)
      for exchange in pass.exchanges where show.contains(exchange.number) {
        let result = exchange.result
        Terminal.output.print("\n\(report.title(result.request, result.redaction, through: pass.pipeline))")
        for line in report.lines(result) { Terminal.output.print(line) }
      }
    }
  }

  private func write(_ comparison: Comparison) throws {
    guard format == .json else {
      for line in ComparisonReport(terminal: .output).lines(comparison) { Terminal.output.print(line) }
      return
    }
    Terminal.output.print(try JSONReport.text(JSONComparison(comparison)))
  }
}
