import PhoenixChannels
import Synchronization
import TelephoneKit

extension Protocol1Line {
  /// How long a `ws_check` may take.
  static let checkLimit = Duration.seconds(3)

  /// A WebSocket, from its `ws_connect` on.
  struct Connection: Sendable {
    var socket: TunnelSocket
    var sink: HandshakeSink
    /// Cancels its exchange.
    var exchange: Int
  }

  func receiveConnect(_ payload: JSONValue) {
    do {
      let request = try HandshakeRequest(.connect, payload)
      let socket = TunnelSocket(
        id: request.id, role: .telephone, channel: channel, bounds: settings.webSockets, answers: answers)
      let sink = HandshakeSink(request, socket: socket, channel: channel, counters: counters)
      guard state.withLock({ $0.connections[request.id] == nil }) else {
        return ignore(PayloadFault(requestID: nil, field: "connection_id", "is that of an open WebSocket"))
      }
      let refusal = begin { exchange in
        let connection = Connection(socket: socket, sink: sink, exchange: exchange)
        self.state.withLock { $0.connections[request.id] = connection }
        socket.onOverrun { self.cancel(exchange) }
        await self.run(request.request, id: request.id, into: sink)
        self.state.withLock { $0.connections[request.id] = nil }
      }
      if refusal != nil { turnAway(sink) }
    } catch {
      guard let id = error.requestID else { return ignore(error) }
      counters.count { $0.malformed += 1 }
      let payload = TunnelSocket.errorPayload(id, SocketFault(error))
      answers.send { [channel] in try? await channel.push("ws_error", payload) }
    }
  }

  func receiveCheck(_ payload: JSONValue) {
    do {
      let request = try HandshakeRequest(.check, payload)
      let sink = HandshakeSink(request, socket: nil, channel: channel, counters: counters)
      let refusal = begin { exchange in
        let timer = Task(executorPreference: self.executor) { [clock = self.pipeline.clock] in
          try await clock.sleep(for: Self.checkLimit)
          if await sink.refuse(.connectionTimeout) { self.cancel(exchange) }
        }
        await self.run(request.request, id: request.id, into: sink)
        timer.cancel()
      }
      if refusal != nil { turnAway(sink) }
    } catch {
      guard let id = error.requestID else { return ignore(error) }
      counters.count { $0.malformed += 1 }
      let payload: JSONValue = [
        "check_id": .string(id), "supported": false, "reason": .string(SocketFault(error).rawValue),
      ]
      answers.send { [channel] in try? await channel.push("ws_check_result", payload) }
    }
  }

  func receiveFrame(_ payload: JSONValue) {
    do {
      let frame = try SocketFrame(payload)
      // Frames for a connection that has ended are on their way for a while.
      guard let connection = connection(frame.connectionID) else { return }
      if !connection.socket.take(frame) { counters.count { $0.overruns += 1 } }
    } catch {
      guard let id = error.requestID, let connection = connection(id) else { return ignore(error) }
      counters.count { $0.malformed += 1 }
      connection.socket.takeInvalidFrame()
    }
  }

  func receiveClose(_ payload: JSONValue) {
    do {
      let close = try SocketClose(payload)
      guard let connection = connection(close.connectionID) else { return }
      // A client that goes before its WebSocket is open cancels the handshake.
      if connection.sink.claim() {
        cancel(connection.exchange)
        answers.send { [channel] in try? await channel.push("ws_closed", close.payload) }
      } else {
        connection.socket.take(close)
      }
    } catch {
      guard let id = error.requestID, let connection = connection(id) else { return ignore(error) }
      // What it means is clear.
      counters.count { $0.malformed += 1 }
      connection.socket.take(SocketClose(connectionID: id, code: 1005, reason: ""))
    }
  }

  private func connection(_ id: String) -> Connection? { state.withLock { $0.connections[id] } }

  private func turnAway(_ sink: HandshakeSink) {
    counters.count { $0.turnedAway += 1 }
    answers.send { await sink.refuse(.connectionRefused) }
  }
}
