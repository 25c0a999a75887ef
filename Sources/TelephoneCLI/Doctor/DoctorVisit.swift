import HTTPWire
import Logging
import TelephoneKit

/// What `telephone doctor` does: each step in its order, the later ones with what the earlier ones found.
struct DoctorVisit {
  let source: SettingsSource
  /// The file that settings were read from, if it is there.
  let settingsFile: String
  let pipeline: String
  /// Whether the gateway's channel is joined.
  let joins: Bool
  var examination: Examination

  /// - Returns: whether nothing failed.
  /// - Throws: `CancellationError`. The line that it has opened is closed then.
  mutating func run() async throws -> Bool {
    let (source, settingsFile, pipeline) = (source, settingsFile, pipeline)
    let settings = try await examination.examine(.settings) {
      SettingsStep(source: source, file: settingsFile).examine()
    }
    let checked = try await examination.examine(.pipeline) { PipelineExamination.examine(pipeline, source) }
    let token = try await examination.examine(.token) { await TokenStep(source: source).examine() }

    try await visitGateway(GatewaySettings(source), token, settings)

    if let checked {
      let timeout = examination.timeout
      _ = try await examination.examine(.backend) { await BackendStep(pipeline: checked, timeout: timeout).examine() }
    } else {
      examination.skip(.backend, "not tried, because of 'pipeline'")
    }
    examination.printer.printSum(Array(examination.verdicts.values))
    return !examination.hasFailures
  }

  private mutating func visitGateway(
    _ gateway: GatewaySettings?, _ token: TokenStep.Chosen?, _ settings: RunSettings?
  ) async throws {
    guard let gateway else {
      for step in [DoctorStep.name, .tcp, .tls, .clock, .upgrade, .join, .heartbeat] {
        examination.skip(step, "not tried: PLUGBOARD_URL is no URL of a WebSocket")
      }
      return
    }
    let network = NetworkSteps(gateway: gateway, timeout: examination.timeout)
    let addresses = try await examination.examine(.name) { await network.name() }
    let address = try await examination.examine(.tcp, after: [.name]) { await network.tcp(addresses ?? []) }
    if gateway.url.isSecure {
      _ = try await examination.examine(.tls, after: [.tcp]) { await network.tls(address) }
    } else {
      examination.skip(.tls, "the URL is ws, without TLS")
    }
    let lower: [DoctorStep] = gateway.url.isSecure ? [.tcp, .tls] : [.tcp]
    _ = try await examination.examine(.clock, after: lower) { await ClockStep(network, token).examine() }

    guard let token else {
      for step in [DoctorStep.upgrade, .join, .heartbeat] { examination.skip(step, TokenStep.nothingToDialWith) }
      return
    }
    let steps = LineSteps(gateway: gateway, token: token, timeout: examination.timeout, settings: settings)
    guard let line = try await examination.examine(.upgrade, after: lower, { await steps.upgrade() }) else {
      for step in [DoctorStep.join, .heartbeat] { examination.skip(step, "not tried, because of 'upgrade'") }
      return
    }
    do {
      try await visit(line, steps)
    } catch {
      await line.close()
      throw error
    }
    await line.close()
  }

  private mutating func visit(_ line: DoctorLine, _ steps: LineSteps) async throws {
    var joined: JoinedLine?
    if joins {
      joined = try await examination.examine(.join) { await steps.join(line) }
    } else {
      examination.skip(.join, "left out by --no-join")
    }
    let channel = joined
    _ = try await examination.examine(.heartbeat, waits: LineSteps.heartbeatWaits) {
      await steps.heartbeat(line, channel)
    }
  }
}
