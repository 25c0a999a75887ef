package import TelephoneKit

/// Calls to a backend with time limits, whose errors are answers: a ``Failure`` each, with a code of its own.
package struct BackendClient: Sendable {
  private let transport: any BackendTransport
  private let limits: BackendLimits

  package init(transport: any BackendTransport, limits: BackendLimits) {
    self.transport = transport
    self.limits = limits
  }

  /// Sends a request and waits for the head of the answer. Cancelling the task cancels the request at once.
  /// - Parameter clock: what the limits are measured with.
  /// - Returns: the answer without the fields of the connection; its body is read while it is pulled, and throws a
  ///   ``Failure`` when the backend breaks off or a limit passes.
  /// - Throws: a ``Failure``, `CancellationError`, or what the request's body threw.
  package func respond(to request: BackendRequest, clock: any Clock<Duration>) async throws -> Response {
    let timer = makeCallTimer(limits, clock)
    let transport = transport
    let sending = Task {
      try await transport.send(request, events: { timer.note(.request($0)) })
    }
    timer.onExpiry { sending.cancel() }
    let response: BackendResponse
    do {
      response = try await withTaskCancellationHandler {
        try await sending.value
      } onCancel: {
        sending.cancel()
      }
    } catch {
      let expired = timer.note(.head)
      timer.stop()
      throw Self.translate(error, expired)
    }
    let body = response.body
    if let expired = timer.note(.head) {
      await body.close()
      throw BackendFault(expired).failure
    }
    timer.onExpiry { Task { await body.close() } }
    if body.unreadMemory != nil { timer.stop() }
    return Response(
      status: response.status, fields: response.fields.withoutHopByHop(),
      body: body.unreadMemory == nil ? Body(length: body.length, source: TimedBody(inner: body, timer: timer)) : body)
  }

  package func shutdown() async { await transport.shutdown() }

  /// An error as the caller sees it. A limit that passed explains every other error: it made them.
  fileprivate static func translate(_ error: any Error, _ expired: BackendFault.Kind?) -> any Error {
    if let expired { return BackendFault(expired).failure }
    return (error as? BackendFault)?.failure ?? error
  }

  /// The body of an answer, with the limits that go on after the head.
  private struct TimedBody: BodySource {
    let inner: Body
    let timer: any CallTimer

    func read() async throws -> BodyPart {
      if let expired = timer.note(.pull) { throw BackendFault(expired).failure }
      do {
        let next = try await inner.next()
        if let expired = timer.note(.pulled) { throw BackendFault(expired) }
        guard let bytes = next else {
          timer.stop()
          return .end(trailers: inner.trailers?.withoutHopByHop())
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
