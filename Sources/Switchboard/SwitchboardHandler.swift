import Foundation
import HTTPTypes
import HTTPWire
import Logging
import NIOCore
import TelephoneKit

/// Sends each request of the switchboard's door to where it belongs.
struct SwitchboardHandler: HTTPServerHandler {
  static let socketPath = "/telephone/websocket"

  let settings: SwitchboardSettings
  let tokens: TelephoneTokens
  let lines: LineTable
  let deadlines: DeadlineKeeper
  let counters: SwitchboardCounters
  /// What request bodies that are held whole may take.
  let bodies: OctetBudget
  let clock: any Clock<Duration>
  let date: @Sendable () -> Date
  let logger: Logger
  /// How long ago the switchboard started.
  let uptime: @Sendable () -> Duration

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    guard let target = CallTarget(request.head.target) else { return try await serveOther(request.head, response) }
    do {
      guard counters.beginCall(atMost: settings.maxCalls) else {
        throw Refusal(
          status: .serviceUnavailable, code: "too-many-calls", "Too many calls wait here. Try again.",
          fields: [.retryAfter: "1"])
      }
      try await run(
        Call(
          request: request, response: response, target: target, settings: settings, lines: lines, deadlines: deadlines,
          bodies: bodies, clock: clock, grace: settings.startGrace - uptime()))
    } catch let error as any ExchangeError where !response.headWritten {
      try await refuse(response, error)
    }
  }

  /// Runs a call that has begun, and counts how it ended.
  private func run(_ call: Call) async throws {
    do {
      try await call.run()
      counters.endCall(.answered)
    } catch {
      counters.endCall(.init(error, isAnswered: call.response.headWritten, isCancelled: Task.isCancelled))
      throw error
    }
  }

  private func serveOther(_ head: ServerRequestHead, _ response: ResponseWriter) async throws {
    guard let query = SocketQuery(target: head.target), query.path == Self.socketPath else {
      return try await refuse(
        response,
        Refusal(status: .notFound, code: "not-found", "Calls go to /call/<path_id>/, and this is another place."))
    }
    guard head.asksForWebSocket else {
      return try await response.respond(status: 426, fields: [.upgrade: "websocket"])
    }
    guard !lines.isStopping else {
      return try await refuse(
        response,
        Refusal(
          status: .serviceUnavailable, code: "shutting-down", "This gateway is shutting down. Dial another one.",
          fields: [.retryAfter: "1"]))
    }
    // The way Phoenix refuses: 403 with an empty body.
    guard let claims = await claims(of: query) else { return try await response.respond(status: 403) }
    await GatewaySocket(
      socket: try await response.upgrade(fields: [:]), claims: claims, settings: settings, tokens: tokens,
      lines: lines, counters: counters, clock: clock, date: date, logger: logger
    ).run()
  }

  private func refuse(_ response: ResponseWriter, _ error: any ExchangeError) async throws {
    let plain = error.response
    try await response.respond(
      status: plain.status.code, fields: plain.fields, body: plain.body.unreadMemory ?? ByteBuffer())
  }

  private func claims(of query: SocketQuery) async -> TelephoneTokens.Claims? {
    guard query["vsn"]?.hasPrefix("2.0.") == true, let token = query["token"] else { return nil }
    return await tokens.claims(of: token)
  }
}

/// The target of a dial: its path, and what its query says.
private struct SocketQuery {
  let path: String
  private let items: [URLQueryItem]

  init?(target: String) {
    guard let components = URLComponents(string: target) else { return nil }
    path = components.path
    items = components.queryItems ?? []
  }

  subscript(name: String) -> String? { items.last { $0.name == name }?.value }
}
