import Foundation
import HTTPWire
import Logging
import PhoenixChannels
import Synchronization
import TelephoneKit
import Tunnel

/// One socket that a telephone opened, from the upgrade to its end.
final class GatewaySocket: Sendable {
  private struct State {
    var phoenix: GatewaySocketState
    var line: GatewayLine?
  }

  private let socket: WebSocket
  private let claims: TelephoneTokens.Claims
  private let settings: SwitchboardSettings
  private let tokens: TelephoneTokens
  private let lines: LineTable
  private let clock: any Clock<Duration>
  private let date: @Sendable () -> Date
  private let logger: Logger
  private let serializer = PhoenixSerializer(role: .server)
  private let state: Mutex<State>

  init(
    socket: WebSocket, claims: TelephoneTokens.Claims, settings: SwitchboardSettings, tokens: TelephoneTokens,
    lines: LineTable, clock: any Clock<Duration>, date: @escaping @Sendable () -> Date, logger: Logger
  ) {
    self.socket = socket
    self.claims = claims
    self.settings = settings
    self.tokens = tokens
    self.lines = lines
    self.clock = clock
    self.date = date
    self.logger = logger
    var response: [String: JSONValue] = [
      "status": "connected", "path": .string(claims.pathID),
      "expires_in": .integer(Int64(claims.expiresAt.timeIntervalSince(date()))),
    ]
    if settings.grantsBase64 { response["body_encoding"] = "base64" }
    self.state = Mutex(State(phoenix: GatewaySocketState(pathID: claims.pathID, joinResponse: .object(response))))
  }

  /// Serves the socket until it ends.
  func run() async {
    let watch = Task { await watchIdleness() }
    defer { watch.cancel() }
    while let message = try? await socket.receive() {
      do {
        let actions = try receive(message)
        for action in actions { try await perform(action) }
      } catch is SerializerError {
        await close(code: 1011)
        break
      } catch {
        break
      }
    }
    leave()
  }

  private func receive(_ message: WebSocket.Message) throws -> [GatewaySocketState.Action] {
    let decoded = try serializer.decode(message)
    return state.withLock { $0.phoenix.receive(decoded) }
  }

  private func perform(_ action: GatewaySocketState.Action) async throws {
    switch action {
    case .send(let message): try await send(message)
    case .joined: join()
    case .opened: state.withLock { $0.line }?.open()
    case .left: leave()
    case .event(let event, let ref, let payload): try await serve(event, ref: ref, payload)
    case .drop: logger.debug("message dropped", metadata: ["path_id": "\(claims.pathID)"])
    }
  }

  private func serve(_ event: String, ref: String?, _ payload: PhoenixMessage.Payload) async throws {
    guard case .json(let payload) = payload else {
      return logger.debug("binary push dropped on protocol 1", metadata: ["path_id": "\(claims.pathID)"])
    }
    switch event {
    case "proxy_res": state.withLock { $0.line }?.receive(payload)
    case "heartbeat":
      try await push("heartbeat_ack", ["ts": payload["ts"] ?? .integer(Int64(date().timeIntervalSince1970))])
    case "refresh_token":
      let reply = state.withLock { state in
        do {
          return state.phoenix.reply(ref: ref, "ok", ["token": .string(try tokens.refreshed(claims))])
        } catch {
          return state.phoenix.reply(ref: ref, "error", ["reason": "refresh_failed"])
        }
      }
      try await send(reply)
    default: logger.debug("unknown event ignored", metadata: ["event": "\(event.prefix(64))"])
    }
  }

  private func join() {
    let line = GatewayLine(
      encoding: settings.grantsBase64 ? .base64 : .utf8,
      push: { [self] event, payload in try await push(event, payload) },
      close: { [socket] code, reason in await socket.close(code: code, reason: reason) })
    state.withLock { $0.line = line }
    lines.add(line, to: claims.pathID)
    logger.info("telephone joined", metadata: ["path_id": "\(claims.pathID)"])
  }

  private func leave() {
    guard
      let line = state.withLock({ state in
        defer { state.line = nil }
        return state.line
      })
    else { return }
    lines.remove(line, from: claims.pathID)
    line.lose()
    logger.info("telephone left", metadata: ["path_id": "\(claims.pathID)"])
  }

  private func push(_ event: String, _ payload: JSONValue) async throws {
    guard let message = state.withLock({ $0.phoenix.push(event, payload) }) else { throw ClientGone() }
    try await send(message)
  }

  private func send(_ message: PhoenixMessage) async throws {
    try await socket.send(try serializer.encode(message))
  }

  /// Takes the line off first, so that no call goes to a socket that is about to close.
  private func close(code: UInt16) async {
    leave()
    await socket.close(code: code, reason: "")
  }

  /// Closes a socket that sends nothing, not even a ping: with 1002, as Phoenix does. It looks four times in an idle timeout, so the end
  /// comes after one timeout and at most a quarter more.
  private func watchIdleness() async {
    var seen = -1
    var quietLooks = 0
    while !Task.isCancelled {
      let received = socket.reads
      quietLooks = received == seen ? quietLooks + 1 : 0
      seen = received
      if quietLooks >= 4 { return await close(code: 1002) }
      do { try await clock.sleep(for: settings.idleTimeout / 4) } catch { return }
    }
  }
}
