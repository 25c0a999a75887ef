import HTTPTypes
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit

/// Where the answer to a `ws_connect` or a `ws_check` goes. Only 101 opens a WebSocket; of any other answer protocol 1
/// carries one word.
final class HandshakeSink: Sink {
  /// What is taken of the body of an answer that nobody will see.
  private static let mostDiscarded = 64 * 1024

  private struct State {
    var isAnswered = false
    var discarded = 0
  }

  private let request: HandshakeRequest
  /// The client's end; `nil` for a check.
  private let socket: TunnelSocket?
  private let channel: any Protocol1Channel
  private let counters: TunnelCounters
  private let state = Mutex(State())

  init(_ request: HandshakeRequest, socket: TunnelSocket?, channel: any Protocol1Channel, counters: TunnelCounters) {
    self.request = request
    self.socket = socket
    self.channel = channel
    self.counters = counters
  }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) {}

  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    guard claim() else { throw ClientGone() }
    var payload: [String: JSONValue] = [request.kind.idKey: .string(request.id)]
    if let chosen = fields[values: .secWebSocketProtocol].first { payload["protocol"] = .string(chosen) }
    do {
      if let socket {
        try await channel.push("ws_connected", .object(payload))
        counters.count { $0.webSockets += 1 }
        return socket
      }
      payload["supported"] = true
      try await channel.push("ws_check_result", .object(payload))
      return ClosingPeer()
    } catch {
      throw ClientGone()
    }
  }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    await refuse(SocketFault(answered: status.code))
  }

  func write(_ chunk: ByteBuffer) throws {
    let discarded = state.withLock { state in
      state.discarded += chunk.readableBytes
      return state.discarded
    }
    if discarded > Self.mostDiscarded { throw ClientGone() }
  }

  func end(_ trailers: HTTPFields?) {}

  func abort(_ error: any Error) async {
    // The line is lost, or the client is gone.
    if Task.isCancelled || error is ClientGone { return }
    await refuse(SocketFault(answered: (error as? any ExchangeError)?.status.code ?? 500))
  }

  /// Answers that there is no WebSocket, if nothing was answered yet.
  /// - Returns: whether this was the answer.
  @discardableResult
  func refuse(_ fault: SocketFault) async -> Bool {
    guard claim() else { return false }
    switch request.kind {
    case .connect: try? await channel.push("ws_error", TunnelSocket.errorPayload(request.id, fault))
    case .check:
      try? await channel.push(
        "ws_check_result",
        ["check_id": .string(request.id), "supported": false, "reason": .string(fault.rawValue)])
    }
    return true
  }

  /// Nothing is to be answered any more.
  /// - Returns: whether nothing was.
  @discardableResult
  func claim() -> Bool {
    state.withLock { state in
      defer { state.isAnswered = true }
      return !state.isAnswered
    }
  }
}

/// The client's end of a check: closes at once.
private final class ClosingPeer: WebSocketPeer {
  func receive() async throws -> WebSocketFrame { .close(code: 1000, reason: "") }
  func send(_ frame: WebSocketFrame) async throws {}
  func abort(_ error: any Error) async {}
}
