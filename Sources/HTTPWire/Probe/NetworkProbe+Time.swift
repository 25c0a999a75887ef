import HTTPTypes
import NIOCore
import NIOSSL

extension NetworkProbe {
  /// Asks for a page and tells the `Date` of the answer (RFC 9110, 6.6.1), whatever its status.
  /// - Parameters:
  ///   - target: a path, without anything secret.
  ///   - isSecure: whether over TLS.
  ///   - limit: how long connecting may take.
  /// - Returns: the value of the field; `nil` if the answer has none.
  package func dateField(
    of target: String, isSecure: Bool, caFile: String?, limit: Duration
  ) async throws(DialError) -> String? {
    do {
      let tls = isSecure ? try await TLSContexts().context(caFile: caFile) : nil
      let attempt = ConnectAttempt(
        to: .tcp(host: host, port: port), on: loop, tls: tls, timeout: TimeAmount(limit), clock: ContinuousClock(),
        onFree: {}, onClosed: {})
      let connection = try await withTaskCancellationHandler {
        try await attempt.connection()
      } onCancel: {
        attempt.giveUp()
      }
      defer { connection.close() }
      let exchange = connection.start(ClientRequest(method: .get, target: target, authority: endpoint))
      while true {
        switch try await exchange.next() {
        case .head(let head, _), .whole(let head, _, _), .switched(let head, _): return head.fields[.date]
        case .interim, .body: continue
        case .end: return nil
        }
      }
    } catch {
      throw WebSocketClient.translate(error, phase: .upgrade, endpoint: endpoint)
    }
  }
}
