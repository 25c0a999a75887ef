import Foundation
package import HTTPTypes
import PhoenixChannels
import Synchronization
import TelephoneKit

/// The gateway's side of the WebSockets of one protocol 1 line: asks the telephone for them, and gives each what comes
/// for it.
package final class GatewayWebSockets: Sendable {
  struct State {
    var sockets: [String: TunnelSocket] = [:]
    var connecting: [String: OneAnswer<String?>] = [:]
    var checks: [String: OneAnswer<WebSocketCheck>] = [:]
    var isLost = false
  }

  private let channel: any Protocol1Channel
  private let bounds: WebSocketBounds
  private let clock: any Clock<Duration>
  private let newID: @Sendable () -> String
  let answers = SideAnswers()
  let state = Mutex(State())

  /// - Parameter newID: makes a `connection_id` or `check_id`. Default: a random UUID.
  package init(
    channel: any Protocol1Channel, bounds: WebSocketBounds = WebSocketBounds(), clock: any Clock<Duration>,
    newID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() }
  ) {
    self.channel = channel
    self.bounds = bounds
    self.clock = clock
    self.newID = newID
  }

  /// The WebSockets that are open or opening.
  package var count: Int { state.withLock { $0.sockets.count } }

  /// Has the telephone open a WebSocket. Who gets it must join it or abort it.
  /// - Parameters:
  ///   - path: the target's path: begins with `/`.
  ///   - queryString: what follows the target's `?`.
  ///   - fields: all of the client's, `Host` and the subprotocols among them.
  ///   - timeout: for the telephone's answer. Default: 10 s.
  /// - Throws: an `ExchangeError` that can be answered: 400 for a path that the telephone refuses, 502, 504.
  package func connect(
    path: String, queryString: String, fields: HTTPFields, timeout: Duration = .seconds(10)
  ) async throws -> GatewayWebSocket {
    let request = HandshakeRequest(
      kind: .connect, id: newID(), path: path, queryString: queryString, fields: fields)
    let socket = TunnelSocket(
      id: request.id, role: .gateway, channel: channel, bounds: bounds, answers: answers)
    let answer = OneAnswer<String?>()
    let isLost = state.withLock { state in
      if state.isLost { return true }
      state.sockets[request.id] = socket
      state.connecting[request.id] = answer
      return false
    }
    if isLost { throw Self.lineLost }
    do {
      let subprotocol = try await ask(request, answer, timeout)
      return GatewayWebSocket(socket, subprotocol: subprotocol) { self.forget(request.id) }
    } catch {
      // The telephone is told, unless it was the one that refused.
      if forget(request.id) { await socket.abort(error) }
      throw error
    }
  }

  /// Has the telephone try the backend's handshake.
  /// - Parameter timeout: for the telephone's answer, which it gives within 3 s. Default: 5 s.
  /// - Throws: an `ExchangeError` that can be answered: 502, 504.
  package func check(
    path: String, queryString: String, fields: HTTPFields, timeout: Duration = .seconds(5)
  ) async throws -> WebSocketCheck {
    let request = HandshakeRequest(kind: .check, id: newID(), path: path, queryString: queryString, fields: fields)
    let answer = OneAnswer<WebSocketCheck>()
    let isLost = state.withLock { state in
      if !state.isLost { state.checks[request.id] = answer }
      return state.isLost
    }
    if isLost { throw Self.lineLost }
    defer { state.withLock { $0.checks[request.id] = nil } }
    return try await ask(request, answer, timeout)
  }

  /// The line is gone, and with it every WebSocket.
  package func lose() {
    let lost = state.withLock { state in
      defer {
        state = State()
        state.isLost = true
      }
      return state
    }
    for answer in lost.connecting.values { answer.come(.failure(Self.lineLost)) }
    for answer in lost.checks.values { answer.come(.failure(Self.lineLost)) }
    for socket in lost.sockets.values { socket.fail(Self.lineLost) }
  }

  private static let lineLost = Failure(
    status: .badGateway, code: "line-lost", "The line to the telephone was lost.")

  private func ask<Answer: Sendable>(
    _ request: HandshakeRequest, _ answer: OneAnswer<Answer>, _ timeout: Duration
  ) async throws -> Answer {
    do {
      try await channel.push(request.kind.event, request.payload)
    } catch {
      if error is CancellationError { throw error }
      throw Self.lineLost
    }
    let timer = Task { [clock] in
      try await clock.sleep(for: timeout)
      answer.come(.failure(SocketFault.connectionTimeout.failure))
    }
    defer { timer.cancel() }
    return try await answer.value()
  }

  /// - Returns: whether it was known.
  @discardableResult
  private func forget(_ id: String) -> Bool {
    state.withLock { state in
      state.connecting[id] = nil
      return state.sockets.removeValue(forKey: id) != nil
    }
  }
}

/// What a telephone says of a backend's WebSocket handshake.
package struct WebSocketCheck: Sendable, Equatable {
  package var isSupported: Bool
  /// What the backend chose of the subprotocols.
  package var subprotocol: String?
  /// Why not, in a word: `connection_refused`, `connection_timeout`, `invalid_upgrade` and so on.
  package var reason: String?
}
