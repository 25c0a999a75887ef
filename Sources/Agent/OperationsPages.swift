import Foundation
import Hummingbird
import NIOCore
import TelephoneKit
import TokenVault
import Tunnel

/// What the operations server answers, see ``OperationsServer``.
struct OperationsPages: Sendable {
  /// `nil`: it is not there yet.
  let agent: @Sendable () -> Agent?
  /// When the process began.
  let startedAt: Date
  let logLinesDropped: @Sendable () -> Int

  /// Answers GET and HEAD; another method is 405, another path 404.
  func answer(to request: Request) -> Response {
    guard let page = page(request.uri.path) else { return text(.notFound, "There is no such page.\n") }
    switch request.method {
    case .get: return page()
    case .head: return page().createHeadResponse()
    default:
      var response = text(.methodNotAllowed, "Only GET and HEAD are answered.\n")
      response.headers[.allow] = "GET, HEAD"
      return response
    }
  }

  private func page(_ path: String) -> (() -> Response)? {
    switch path {
    case "/live", "/livez": { text(.ok, "ok\n") }
    case "/ready", "/readyz": ready
    case "/health", "/healthz": health
    case "/metrics": metrics
    default: nil
    }
  }

  private func ready() -> Response {
    guard let agent = agent() else { return starting() }
    let phase = agent.status.phase
    if agent.isReady { return text(.ok, "\(phase.rawValue)\n") }
    return text(.serviceUnavailable, phase == .up ? "up, but the token dies soon\n" : "\(phase.rawValue)\n")
  }

  private func health() -> Response {
    guard let agent = agent() else { return health(.serviceUnavailable, HealthBeforeStart(startedAt: startedAt)) }
    let health = Health(agent, startedAt: startedAt)
    return self.health(health.connected ? .ok : .serviceUnavailable, health)
  }

  /// Members have names with underscores, and stand in the order of the alphabet.
  private func health(_ status: HTTPResponse.Status, _ page: some Encodable) -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: (try? encoder.encode(page)) ?? Data("{}".utf8))))
  }

  private func metrics() -> Response {
    guard let agent = agent() else { return starting() }
    let page = MetricsPage(
      version: Agent.version, now: agent.date(), startedAt: startedAt,
      isReady: agent.isReady, tokenExpiry: agent.vault.current.expiresAt, status: agent.status,
      exchanges: agent.metrics.values, tunnel: agent.counters.values, pipelines: agent.pipeline.report,
      recordings: agent.recordings, logLinesDropped: logLinesDropped())
    return Response(
      status: .ok, headers: [.contentType: MetricsText.contentType, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: page.text)))
  }

  private func starting() -> Response { text(.serviceUnavailable, "starting\n") }

  private func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}
