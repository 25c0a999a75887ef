package import HTTPTypes
package import TelephoneKit

/// Calls to a backend with time limits, whose errors are answers: a ``Failure`` each, with a code of its own.
///
/// An object: the frame of who waits for an answer holds no copy of it.
package final class BackendClient: Sendable {
  private let transport: any BackendTransport
  private let limits: BackendLimits
  private let keeper: DeadlineKeeper

  /// - Parameter clock: what the limits are measured with.
  package init(transport: any BackendTransport, limits: BackendLimits, clock: any Clock<Duration>) {
    self.transport = transport
    self.limits = limits
    keeper = DeadlineKeeper(Timeline(clock))
  }

  /// Sends a request and waits for the head of the answer. Cancelling the task cancels the request at once.
  /// - Parameters:
  ///   - interim: told of 1xx answers as they come.
  ///   - atEnd: given what ends a request that may outlive its answer: a backend that answers early need not read the
  ///     rest of an upload, which would wait for ever. Call it when the exchange ends; it is harmless if all was sent.
  /// - Returns: the answer without the fields of the connection; its body is read while it is pulled, and throws a
  ///   ``Failure`` when the backend breaks off or a limit passes. No limit holds for an open WebSocket: what is silent
  ///   on it is for the two ends of it to judge, who have pings.
  /// - Throws: a ``Failure``, `CancellationError`, what the request's body threw, or what `interim` threw.
  package func respond(
    to request: consuming BackendRequest,
    interim: (HTTPResponse.Status, HTTPFields) async throws -> Void = { _, _ in },
    atEnd: (@escaping @Sendable () -> Void) -> Void = { _ in }
  ) async throws -> Response {
    let isStreamed = !request.body.isUnreadMemory
    let timer = CallTimer(limits, keeper)
    let call = transport.call(request, events: { timer.note(.request($0)) })
    timer.watch(call)
    let answer: BackendResponse
    do {
      answer = try await call.send { status, fields in
        var fields = fields.withoutHopByHop()
        // It has no content (RFC 9110, 8.6).
        fields[values: .contentLength] = []
        try await interim(status, fields)
      }
    } catch {
      let expired = timer.note(.head)
      timer.stop()
      throw Self.translate(error, expired)
    }
    let body = answer.body
    let isOver = answer.webSocket != nil || body.isUnreadMemory
    if let expired = timer.note(.head) {
      timer.stop()
      call.giveUp()
      throw BackendFault(expired).failure
    }
    if isOver { timer.stop() }
    if isStreamed { atEnd { call.giveUp() } }
    return Self.response(
      answer, isOver ? body : Body(length: body.length, source: TimedBody(inner: body, timer: timer)))
  }

  // Not inlined, to keep its copies out of the frame above.
  @inline(never)
  private static func response(_ answer: BackendResponse, _ body: Body) -> Response {
    Response(
      status: answer.status, fields: answer.fields.withoutHopByHop(), body: body, webSocket: answer.webSocket)
  }

  package func shutdown() async {
    await transport.shutdown()
    keeper.stop()
  }

  /// An error as the caller sees it. A limit that passed explains every other error: it made them.
  fileprivate static func translate(_ error: any Error, _ expired: BackendFault.Kind?) -> any Error {
    if let expired { return BackendFault(expired).failure }
    return (error as? BackendFault)?.failure ?? error
  }

  /// The body of an answer, with the limits that go on after the head.
  private struct TimedBody: BodySource {
    let inner: Body
    let timer: CallTimer

    func read() async throws -> BodyPart {
      if let expired = timer.note(.pull) {
        timer.stop()
        throw BackendFault(expired).failure
      }
      do {
        let next = try await inner.next()
        if let expired = timer.note(.pulled) { throw BackendFault(expired) }
        guard let bytes = next else {
          timer.stop()
          return .end(trailers: inner.trailers)
        }
        return .bytes(bytes)
      } catch {
        let expired = timer.note(.pulled)
        timer.stop()
        throw BackendClient.translate(error, expired)
      }
    }

    func close() async {
      timer.stop()
      await inner.close()
    }
  }
}
