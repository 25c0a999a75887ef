package import Foundation
package import HTTPTypes
import NIOCore
import Synchronization

/// What is kept of one exchange while it lasts, for an ``ExchangeRecorder``.
///
/// It stands between the exchange and its ends and copies what passes: no buffer is held back, and none is read that nobody
/// asked for. Of a WebSocket only the handshake is kept.
package final class ExchangeRecording: Sendable {
  /// What an exchange was, once it has ended.
  package struct Contents: Sendable {
    package var outcome: Outcome
    package var duration: Duration
    /// What must not be shown: of the pipeline, and what stages have added for this exchange.
    package var redaction: Redaction
    package var requestBody: RecordedBody
    /// `nil`: no head has left.
    package var head: (status: HTTPResponse.Status, fields: HTTPFields)?
    package var responseBody: RecordedBody
  }

  private struct State {
    /// The exchange's own, until it ends: then its trailers are read.
    var body: Body?
    var request = RecordedBody()
    var response = RecordedBody()
    var head: (status: HTTPResponse.Status, fields: HTTPFields)?
    var end: (outcome: Outcome, duration: Duration, redaction: Redaction)?
  }

  package let id: String
  package let pipeline: String
  package let began: Date
  /// As it came in, without its body.
  package let request: Request
  private let bodyLimit: Int
  private let budget: OctetBudget
  private let state = Mutex(State())

  init(_ request: Request, id: String, pipeline: String, for recorder: any ExchangeRecorder) {
    self.id = id
    self.pipeline = pipeline
    self.began = recorder.now()
    var head = request
    head.body = Body()
    self.request = head
    self.bodyLimit = recorder.bodyLimit
    self.budget = recorder.budget
  }

  deinit { budget.give(state.withLock { $0.request.kept.readableBytes + $0.response.kept.readableBytes }) }

  /// `nil` as long as the exchange runs.
  package var contents: Contents? {
    state.withLock { state in
      guard let end = state.end else { return nil }
      return Contents(
        outcome: end.outcome, duration: end.duration, redaction: end.redaction, requestBody: state.request,
        head: state.head, responseBody: state.response)
    }
  }

  /// The request for the exchange. A body in memory stays one, so that it can be sent twice.
  func tap(_ request: Request) -> Request {
    state.withLock { $0.body = request.body }
    if let octets = request.body.unreadMemory {
      noteRequest(octets)
      noteRequestEnd()
      return request
    }
    var tapped = request
    tapped.body = Body(length: request.body.length, source: TappedBody(body: request.body, recording: self))
    return tapped
  }

  /// The sink for the exchange.
  func tap(_ sink: any Sink) -> any Sink { TappedSink(sink: sink, recording: self) }

  func end(_ outcome: Outcome, _ duration: Duration, _ redaction: Redaction) {
    state.withLock { state in
      state.end = (outcome, duration, redaction)
      if let trailers = state.body?.trailers { state.request.trailers = trailers }
      state.body = nil
    }
  }

  func noteRequest(_ buffer: ByteBuffer) {
    state.withLock { $0.request.append(buffer, upTo: bodyLimit, from: budget) }
  }

  func noteRequestEnd() { state.withLock { $0.request.isEnded = true } }

  func noteHead(_ status: HTTPResponse.Status, _ fields: HTTPFields) { state.withLock { $0.head = (status, fields) } }

  func noteResponse(_ chunk: ByteBuffer) {
    state.withLock { $0.response.append(chunk, upTo: bodyLimit, from: budget) }
  }

  func noteResponseEnd(_ trailers: HTTPFields?) {
    state.withLock { state in
      state.response.isEnded = true
      state.response.trailers = trailers
    }
  }
}
