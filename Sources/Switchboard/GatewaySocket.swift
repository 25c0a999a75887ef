import Foundation
import HTTPWire
import Logging
import PhoenixChannels
import Synchronization
import TelephoneKit
import Tunnel

/// One socket that a telephone opened, from the upgrade to its end. It runs on the event loop of the socket.
final class GatewaySocket: Sendable {
  /// A telephone that does not keep to the rules of its line.
  private struct FramingBroken: Error {}

  /// The switchboard takes no more lines.
  private struct Stopping: Error {}

  private struct State {
    var phoenix: GatewaySocketState
    var line: (any GatewayLine)?
  }

  private let socket: WebSocket
  private let claims: TelephoneTokens.Claims
  private let settings: SwitchboardSettings
  private let tokens: TelephoneTokens
  private let lines: LineTable
  private let counters: SwitchboardCounters
  private let clock: any Clock<Duration>
  private let date: @Sendable () -> Date
  private let logger: Logger
  private let serializer = PhoenixSerializer(role: .server)
  private let state: Mutex<State>

  init(
    socket: WebSocket, claims: TelephoneTokens.Claims, settings: SwitchboardSettings, tokens: TelephoneTokens,
    lines: LineTable, counters: SwitchboardCounters, clock: any Clock<Duration>, date: @escaping @Sendable () -> Date,
    logger: Logger
  ) {
    self.socket = socket
    self.claims = claims
    self.settings = settings
    self.tokens = tokens
    self.lines = lines
    self.counters = counters
    self.clock = clock
    self.date = date
    self.logger = logger
    let rules = JoinRules(
      pathID: claims.pathID, expiresIn: Int64(claims.expiresAt.timeIntervalSince(date())), settings: settings)
    self.state = Mutex(State(phoenix: GatewaySocketState(rules: rules)))
  }

  /// Serves the socket until it ends.
  func run() async {
    let watch = Task { await watchIdleness() }
    defer { watch.cancel() }
    while let message = try? await socket.receive() {
      do {
        for action in try receive(message) { try await perform(action) }
      } catch is SerializerError {
        await close(code: 1011)
        break
      } catch is FramingBroken {
        logger.warning("a telephone broke the framing of its line", metadata: ["path_id": "\(claims.pathID)"])
        await close(code: 1002)
        break
      } catch is Stopping {
        await close(code: 1012)
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
    case .joined(let joinRef, let offered): try join(joinRef, offered)
    case .opened: state.withLock { $0.line }?.channel.open()
    case .left: leave()
    case .event(let event, let ref, let payload): try await serve(event, ref: ref, payload)
    case .drop: drop("message of another join dropped")
    }
  }

  private func serve(_ event: String, ref: String?, _ payload: PhoenixMessage.Payload) async throws {
    guard let line = state.withLock({ $0.line }) else { return }
    switch (event, payload) {
    case ("heartbeat", .json(let beat)):
      let time = beat["ts"] ?? .integer(Int64(date().timeIntervalSince1970))
      try await line.channel.push("heartbeat_ack", ["ts": time])
    case ("refresh_token", .json):
      let reply = state.withLock { state in
        do {
          return state.phoenix.reply(ref: ref, "ok", ["token": .string(try tokens.refreshed(claims))])
        } catch {
          return state.phoenix.reply(ref: ref, "error", ["reason": "refresh_failed"])
        }
      }
      try await send(reply)
    default:
      do {
        guard try await line.receive(event, payload) else { return drop("unknown event dropped") }
      } catch {
        throw FramingBroken()
      }
    }
  }

  private func drop(_ what: Logger.Message) {
    counters.countDropped()
    logger.debug(what, metadata: ["path_id": "\(claims.pathID)"])
  }

  private func join(_ joinRef: String?, _ offered: LineTerms?) throws {
    let channel = LineChannel(
      socket: socket, serializer: serializer, joinRef: joinRef, topic: state.withLock { $0.phoenix.topic },
      onCrash: { [weak self] in await self?.crash(joinRef: joinRef) })
    let line: any GatewayLine =
      if let offered {
        GatewayLine2(
          channel: channel, own: settings.terms, telephone: offered, clock: clock, executor: socket.executor)
      } else {
        GatewayLine1(
          channel: channel, encoding: settings.grantsBase64 ? .base64 : .utf8, clock: clock, logger: logger)
      }
    state.withLock { $0.line = line }
    guard lines.add(line, to: claims.pathID) else { throw Stopping() }
    logger.info(
      "telephone joined", metadata: ["path_id": "\(claims.pathID)", "protocol": "\(offered == nil ? 1 : 2)"])
  }

  /// Takes the line off, so that no call goes to it any more, and ends those that it carries.
  private func leave() {
    guard let line = state.withLock({ $0.line.take() }) else { return }
    lines.remove(line, from: claims.pathID)
    line.lose()
    logger.info("telephone left", metadata: ["path_id": "\(claims.pathID)"])
  }

  /// The channel is over, the socket goes on.
  private func crash(joinRef: String?) async {
    guard let told = state.withLock({ $0.phoenix.crash(joinRef: joinRef) }) else { return }
    leave()
    try? await send(told)
  }

  private func send(_ message: PhoenixMessage) async throws {
    try await socket.send(try serializer.payload(of: message))
  }

  private func close(code: UInt16) async {
    leave()
    await socket.close(code: code, reason: "")
  }

  /// Closes a socket that sends nothing, not even a ping: with 1002, as Phoenix does. It looks four times in an idle
  /// timeout, so the end comes after one timeout and at most a quarter more.
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
