import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit

/// A request that reached a stub.
package struct BackendCall: Sendable, Hashable {
  /// The id of the step in whose place the stub stands.
  package var step: String
  /// As it was there. Its body is empty until ``isWhole``.
  package var request: RequestDraft
  /// Whether its body could be read to its end.
  package var isWhole = false

  init(step: String, _ request: Request) {
    self.step = step
    self.request = RequestDraft(
      method: request.method, scheme: request.scheme, authority: request.authority, target: request.target,
      clientAddress: request.clientAddress, fields: request.fields, asksForWebSocket: request.asksForWebSocket)
  }
}

/// What reached the stubs of one rehearsal, by exchange.
final class BackendLog: Sendable {
  private let calls = Mutex<[String: [BackendCall]]>([:])

  func began(_ exchange: String, _ call: BackendCall) { calls.withLock { $0[exchange, default: []].append(call) } }

  func ended(_ exchange: String, body: ByteBuffer, trailers: HTTPFields?) {
    calls.withLock { calls in
      guard var call = calls[exchange]?.popLast() else { return }
      call.request.body = body
      call.request.trailers = trailers
      call.isWhole = true
      calls[exchange]?.append(call)
    }
  }

  func take(_ exchange: String) -> [BackendCall] { calls.withLock { $0.removeValue(forKey: exchange) } ?? [] }
}
