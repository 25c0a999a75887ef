import HTTPTypes
package import PhoenixChannels
import Synchronization
import TelephoneKit

// What the telephone says. What is about nothing that is known here is dropped: it was on its way when the end came.
extension GatewayWebSockets {
  /// Takes an event of the telephone.
  /// - Returns: `false` if the event is not about WebSockets.
  package func receive(event: String, payload: JSONValue) async -> Bool {
    switch event {
    case "ws_connected": receiveConnected(payload)
    case "ws_frame":
      await answers.untilFew()
      receiveFrame(payload)
    case "ws_closed": receiveClosed(payload)
    case "ws_error": receiveError(payload)
    case "ws_check_result": receiveCheckResult(payload)
    default: return false
    }
    return true
  }

  private func receiveConnected(_ payload: JSONValue) {
    guard let reader = try? PayloadReader(payload, id: "connection_id") else { return }
    guard let answer = state.withLock({ $0.connecting.removeValue(forKey: reader.id) }) else { return }
    do {
      answer.come(.success(try reader.subprotocol()))
    } catch {
      answer.come(.failure(SocketFault.invalidUpgrade.failure))
    }
  }

  private func receiveFrame(_ payload: JSONValue) {
    do {
      let frame = try SocketFrame(payload)
      _ = socket(frame.connectionID)?.take(frame)
    } catch {
      guard let id = error.requestID else { return }
      socket(id)?.takeInvalidFrame()
    }
  }

  private func receiveClosed(_ payload: JSONValue) {
    let close: SocketClose
    do {
      close = try SocketClose(payload)
    } catch {
      guard let id = error.requestID else { return }
      close = SocketClose(connectionID: id, code: 1005, reason: "")
    }
    let socket = socket(close.connectionID)
    end(close.connectionID, with: .connectionRefused)
    socket?.take(close)
  }

  private func receiveError(_ payload: JSONValue) {
    guard let reader = try? PayloadReader(payload, id: "connection_id") else { return }
    let fault = (try? reader.string("reason")).flatMap(SocketFault.init(rawValue:)) ?? .backendError
    let socket = socket(reader.id)
    end(reader.id, with: fault)
    if fault == .invalidFrameData {
      // What the client sent was no message: it is told so (RFC 6455, 7.4.1).
      socket?.take(SocketClose(connectionID: reader.id, code: 1007, reason: ""))
    } else {
      socket?.fail(fault.failure)
    }
  }

  private func receiveCheckResult(_ payload: JSONValue) {
    guard let reader = try? PayloadReader(payload, id: "check_id"),
      let answer = state.withLock({ $0.checks.removeValue(forKey: reader.id) })
    else { return }
    do {
      guard let isSupported = reader.payload["supported"]?.boolValue else {
        throw reader.fault("supported", "must be true or false")
      }
      let reason = isSupported ? nil : try? reader.string("reason")
      answer.come(
        .success(
          WebSocketCheck(isSupported: isSupported, subprotocol: try reader.subprotocol(), reason: reason)))
    } catch {
      answer.come(.failure(SocketFault.invalidUpgrade.failure))
    }
  }

  private func socket(_ id: String) -> TunnelSocket? { state.withLock { $0.sockets[id] } }

  /// The telephone is done with a WebSocket, also with one that it had not opened yet.
  private func end(_ id: String, with fault: SocketFault) {
    let connecting = state.withLock { state in
      state.sockets[id] = nil
      return state.connecting.removeValue(forKey: id)
    }
    connecting?.come(.failure(fault.failure))
  }
}

extension PayloadReader {
  /// The `protocol` that the backend chose, `nil` if none: a token (RFC 6455, 4.2.2).
  fileprivate func subprotocol() throws(PayloadFault) -> String? {
    let name = try string("protocol", or: "")
    guard !name.isEmpty else { return nil }
    guard HTTPField.Name(name) != nil else { throw fault("protocol", "is no token") }
    return name
  }
}
