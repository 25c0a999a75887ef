import ArgumentParser
import Backend
import Foundation
import Logging
import ServiceLifecycle
import Switchboard
import TelephoneKit
import UnixSignals

/// `telephone demo`
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Backend, switchboard and agent in one process, to try.",
    discussion: """
      Prints the curl lines to try, and the trace of each call as it happens. With --self-check it makes the calls \
      itself, prints a line for each, and exits with 0 if all went well, else 1: small calls through the whole chain, \
      100 MiB each way, an event stream, a WebSocket, and a client that leaves.

      EXAMPLES:
        telephone demo
        telephone demo --self-check
      """)

  @Flag(help: "Make the calls, compare what comes back, and end.")
  var selfCheck = false

  @Option(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline = "pipelines/demo.yaml"

  @Option(help: "The switchboard's port; 0: the system chooses. Default: 4000, and 0 with --self-check.")
  var port: Int?

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let settings = try await source.source()
    guard (0...65535).contains(port ?? 0) else { throw CommandProblem("--port must be from 0 to 65535.", .usage) }
    var logger = Logger(label: "demo", factory: StreamLogHandler.standardError(label:))
    logger.logLevel = selfCheck ? .error : .warning
    let house = try await DemoHouse.open(
      pipelinePath: pipeline, port: port ?? (selfCheck ? 0 : 4000), settings: settings, logger: logger,
      checksItself: selfCheck)
    if selfCheck {
      let allGood = try await check(house, house.signals ?? DemoSignals())
      await house.close()
      if !allGood { throw ExitCode(ExitStatus.problems.rawValue) }
    } else {
      printLines(house)
      try await ServiceGroup(
        configuration: .init(
          services: [DemoService(house: house)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      ).run()
    }
  }

  private func check(_ house: DemoHouse, _ signals: DemoSignals) async throws -> Bool {
    let client = DemoClient(
      origin: Origin(scheme: .http, host: house.switchboard.host, port: house.switchboard.port),
      transport: try PooledTransport())
    let terminal = Terminal.output
    terminal.print("The telephone is joined and speaks protocol \(house.protocolVersion ?? 0).")
    var failures = 0
    let calls = SelfCheck(house: house, client: client, signals: signals).calls
    for call in calls {
      switch await call.finding() {
      case .good(let words): terminal.print("\(terminal.green("ok  "))  \(call.name): \(words)")
      case .bad(let words):
        failures += 1
        terminal.print("\(terminal.red("FAIL"))  \(call.name): \(words)")
      }
    }
    await client.close()
    terminal.print("\(calls.count - failures) of \(calls.count) calls went as they should.")
    return failures == 0
  }

  private func printLines(_ house: DemoHouse) {
    Terminal.output.print(
      """
      A backend, a switchboard and a telephone are up, joined by a WebSocket (protocol \(house.protocolVersion ?? 0)). Try:

        curl -i \(house.base)/hello
        curl -i \(house.base)/api/echo                                  # 401: no token
        T=\(house.token)
        curl -i -H "Authorization: Bearer $T" -d 'any octets' \(house.base)/api/echo
        curl -i \(house.base)/limited                                   # 429 after a few
        curl -i --path-as-is \(house.base)/../../etc/passwd              # 400: a traversal
        curl -s \(house.base)/large | wc -c                             # 3 MiB in chunks
        curl -s \(house.base)/download | wc -c                          # 100 MiB, held nowhere
        curl -N \(house.base)/events                                    # an event each second

      Each call's trace appears below. Ctrl-C ends.
      """)
  }
}

private struct DemoService: Service {
  let house: DemoHouse

  func run() async throws {
    try? await gracefulShutdown()
    await house.close()
  }
}
