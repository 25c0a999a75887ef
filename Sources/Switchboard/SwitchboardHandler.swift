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
  let clock: any Clock<Duration>
  let date: @Sendable () -> Date
  let logger: Logger
  let running = CallCounter()
  /// How long ago the switchboard started.
  let uptime: @Sendable () -> Duration

  func acceptsWebSocket(_ head: ServerRequestHead) async -> Bool {
    await claims(of: head) != nil
  }

  func serve(_ socket: WebSocket, _ head: ServerRequestHead) async {
    guard let claims = await claims(of: head) else { return }
    await GatewaySocket(
      socket: socket, claims: claims, settings: settings, tokens: tokens, lines: lines, clock: clock, date: date,
      logger: logger
    ).run()
  }

  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    let head = request.head
    if SocketQuery(target: head.target)?.path == Self.socketPath {
      // What asked for an upgrade and comes here was refused, the way Phoenix refuses: 403 with an empty body.
      let wantsUpgrade = head.fields[values: .upgrade].contains { $0.lowercased() == "websocket" }
      return wantsUpgrade
        ? try await response.respond(status: 403)
        : try await response.respond(status: 426, fields: [.upgrade: "websocket"])
    }
    guard let target = CallTarget(head.target) else {
      return try await refuse(
        response, head,
        Refusal(status: .notFound, code: "not-found", "Calls go to /call/<path_id>/, and this is another place."))
    }
    do {
      guard running.begin(atMost: settings.maxCalls) else {
        throw Refusal(
          status: .serviceUnavailable, code: "too-many-calls", "Too many calls wait here. Try again.",
          fields: [.retryAfter: "1"])
      }
      defer { running.end() }
      let answer = try await Call(
        request: request, target: target, settings: settings, lines: lines, clock: clock,
        grace: settings.startGrace - uptime()
      ).answer()
      if head.method == .head {
        try await response.head(status: answer.status, fields: answer.fields)
        try await response.end()
      } else {
        try await response.respond(status: answer.status, fields: answer.fields, body: answer.body)
      }
    } catch let error as any ExchangeError {
      try await refuse(response, head, error)
    }
  }

  private func refuse(_ response: ResponseWriter, _ head: ServerRequestHead, _ error: any ExchangeError) async throws {
    let plain = error.response
    try await response.respond(
      status: plain.status.code, fields: plain.fields, body: plain.body.unreadMemory ?? ByteBuffer())
  }

  private func claims(of head: ServerRequestHead) async -> TelephoneTokens.Claims? {
    guard let query = SocketQuery(target: head.target), query.path == Self.socketPath,
      query["vsn"]?.hasPrefix("2.0.") == true, let token = query["token"]
    else { return nil }
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
