import Agent
import Foundation
import HTTPWire
import Logging
import PhoenixChannels
import StandardStages
import TelephoneKit
import TokenVault
import Tunnel

/// A line to the gateway with the agent's token: upgrade, join, heartbeat.
struct LineSteps: Sendable {
  /// The heartbeats of the socket that are measured; the fastest is told.
  private static let beats = 3
  /// The waits of ``heartbeat(_:_:)``: the channel's, the leave, the socket's.
  static let heartbeatWaits = 2 + beats

  let gateway: GatewaySettings
  let token: TokenStep.Chosen
  /// For each wait.
  let timeout: Duration
  /// `nil`: they are wrong, and defaults stand in.
  let settings: RunSettings?
  private let clock = ContinuousClock()
  private let logger = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }

  init(gateway: GatewaySettings, token: TokenStep.Chosen, timeout: Duration, settings: RunSettings?) {
    self.gateway = gateway
    self.token = token
    self.timeout = timeout
    self.settings = settings
  }

  func upgrade() async -> Examined<DoctorLine> {
    var dialer = PhoenixDialer(clock: clock, logger: logger)
    dialer.connectTimeout = timeout
    dialer.caFile = gateway.caFile
    dialer.configuration.replyTimeout = timeout
    let (dial, url) = (dialer, SocketURL(gateway: gateway.text, token: token.token.rawValue))
    do {
      let socket = try await withDeadline(timeout, clock: clock) { try await dial.dial(url) }
      return Finding.ok("101, \(url)").with(DoctorLine(socket))
    } catch let error as DialFailure where error.kind != .cancelled {
      return Finding.failed(token.token.plain(error.sentence), UpgradeAdvice.advice(for: error.kind))
        .without(DoctorLine.self)
    } catch {
      return Finding.failed(
        "\(url) did not answer the upgrade within \(timeout.text).",
        UpgradeAdvice.advice(for: .upgradeTimedOut)
      ).without(DoctorLine.self)
    }
  }

  func join(_ line: DoctorLine) async -> Examined<JoinedLine> {
    let topic = "telephone:\(token.token.pathID)"
    var terms = LineTerms()
    if let settings { terms.maxStreams = settings.agent.maxStreams }
    let offer = LineOffer(pathID: token.token.pathID, terms: terms)
    let channel: Channel
    do throws(PhoenixChannels.ChannelError) {
      channel = try await line.socket.join(topic: topic, payload: ["telephone": offer.json(agent: Agent.name)])
    } catch {
      return Finding.failed(token.token.plain(error.sentence), Self.advice(for: error)).without(JoinedLine.self)
    }
    do {
      let joined = try await drained(channel, offer, line)
      return Finding.ok("\(topic), protocol \(joined.protocolVersion)").with(joined)
    } catch {
      try? await channel.leave()
      let sentence = (error as? TermsFault)?.sentence ?? "\(error)"
      return Finding.failed(
        "The gateway's answer to the join cannot be accepted: \(sentence)", "This is a fault of the gateway."
      ).without(JoinedLine.self)
    }
  }

  /// - Parameter joined: `nil`: the heartbeat of the socket alone.
  func heartbeat(_ line: DoctorLine, _ joined: JoinedLine?) async -> Examined<Bool> {
    var words: [String] = []
    var slowest = Duration.zero
    do {
      if let joined {
        // Joined for no longer than it takes: a gateway of protocol 1 does not know that this line takes nothing.
        let began = clock.now
        let answer: Result<Void, any Error>
        do {
          answer = .success(try await withDeadline(timeout, clock: clock) { try await joined.beat(at: Self.time()) })
        } catch {
          answer = .failure(error)
        }
        slowest = began.duration(to: clock.now)
        await joined.leave()
        try answer.get()
        words.append("channel \(TracePrinter.time(slowest))")
      }
      var fastest = Duration.seconds(Int64.max)
      for _ in 0..<Self.beats { fastest = min(fastest, try await line.socket.heartbeat(timeout: timeout)) }
      words.append("socket \(TracePrinter.time(fastest))")
      slowest = max(slowest, fastest)
    } catch {
      let sentence = (error as? PhoenixChannels.ChannelError).map { token.token.plain($0.sentence) }
      return Finding.failed(
        sentence ?? "The gateway did not answer the heartbeat within \(timeout.text).",
        "The gateway takes sockets, and does not serve them: look into its log."
      ).without(Bool.self)
    }
    if let count = joined?.counters.values.turnedAway, count > 0 {
      words.append("\(FindingPrinter.count(count, "request")) came meanwhile and got 503 with Retry-After")
    }
    return verdict(on: slowest, words.joined(separator: ", "))
  }

  private func verdict(on slowest: Duration, _ words: String) -> Examined<Bool> {
    guard let agent = settings?.agent else { return Finding.ok(words).with(true) }
    let limit = agent.heartbeatTimeout ?? agent.heartbeatInterval / 2
    guard slowest > limit / 2 else { return Finding.ok(words).with(true) }
    return Finding.warning(
      words, "An agent gives the line up when an answer takes \(limit.text). Set a longer HEARTBEAT_TIMEOUT."
    ).with(true)
  }

  /// Draining from the beginning, before an event of the channel is looked at.
  private func drained(_ channel: Channel, _ offer: LineOffer, _ line: DoctorLine) async throws -> JoinedLine {
    let counters = TunnelCounters()
    let context = StageContext(id: EmitChunks.name, logger: logger)
    // No exchange gets so far.
    let pipeline = LivePipeline(
      try Pipeline(
        name: "doctor", steps: [PipelineStep(stage: EmitChunks(EmitChunks.Options(), context))], logger: logger))
    let (exchanges, version): (any ExchangeLine, Int)
    if let terms = try offer.terms(grantedBy: channel.joinResponse["telephone"]) {
      version = 2
      exchanges = Protocol2Line(
        channel: channel, own: offer.terms, gateway: terms, pipeline: pipeline, counters: counters, logger: logger,
        joinRef: channel.joinRef, name: "doctor", clock: clock, executor: line.socket.executor)
    } else {
      version = 1
      exchanges = Protocol1Line(
        channel: channel, pipeline: pipeline, settings: Protocol1Settings(), counters: counters, logger: logger,
        executor: line.socket.executor)
    }
    await exchanges.beginDraining()
    return JoinedLine(
      channel: channel, protocolVersion: version, exchanges: exchanges, counters: counters,
      executor: line.socket.executor)
  }

  private static func advice(for error: PhoenixChannels.ChannelError) -> String? {
    switch error.kind {
    case .joinRefused: "Ask the gateway's operator whether the path_id of the token is served, and by this token."
    case .timedOut: "The gateway takes sockets, and does not serve them: look into its log."
    case .crashed: "This is a fault of the gateway: look into its log."
    case .socketClosed: "The gateway ended the socket instead of an answer: look into its log."
    default: nil
    }
  }

  private static func time() -> Int64 { Int64(Date().timeIntervalSince1970) }
}
