import HTTPTypes
import Logging
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit

/// Gathers an answer and sends it as one `proxy_res`. Protocol 1 has no other way: the whole answer is one message.
///
/// An answer that breaks off, grows past the limit, or is not UTF-8 where it must be, is answered 502 in its place, with
/// a code that says why; nothing of it has left before. 1xx heads and trailers cannot be carried and are left out.
final class Protocol1Sink: Sink {
  /// After so many parts of an answer, small ones are joined up to ``joinedSize``: each takes memory beside its octets.
  private static let mostParts = 1024
  private static let joinedSize = 16 * 1024

  private struct State {
    var status = 200
    var fields = HTTPFields()
    var parts: [ByteBuffer] = []
    var octets = 0
    var isAnswered = false
  }

  private let requestID: String
  private let settings: Protocol1Settings
  private let line: any Protocol1Channel
  private let counters: TunnelCounters
  private let logger: Logger
  private let state = Mutex(State())

  init(
    requestID: String, settings: Protocol1Settings, line: any Protocol1Channel, counters: TunnelCounters,
    logger: Logger
  ) {
    self.requestID = requestID
    self.settings = settings
    self.line = line
    self.counters = counters
    self.logger = logger
  }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) {}

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
    state.withLock {
      $0.status = status.code
      $0.fields = fields
    }
  }

  func write(_ chunk: ByteBuffer) throws {
    try state.withLock { state in
      state.octets += chunk.readableBytes
      guard state.octets <= settings.maxResponseSize else {
        state.parts = []
        throw Failure(
          status: .badGateway, code: "response-too-large",
          "The answer is larger than \(settings.maxResponseSize) octets, and protocol 1 carries answers only whole. "
            + "Raise MAX_RESPONSE_SIZE, or use a gateway that speaks protocol 2.")
      }
      if state.parts.count > Self.mostParts, let last = state.parts.indices.last,
        state.parts[last].readableBytes + chunk.readableBytes <= Self.joinedSize
      {
        state.parts[last].writeImmutableBuffer(chunk)
      } else {
        state.parts.append(chunk)
      }
    }
  }

  func end(_ trailers: HTTPFields?) async throws {
    let response = state.withLock { state in
      ProxyResponse(requestID: requestID, status: state.status, fields: state.fields, parts: state.parts)
    }
    guard let (payload, leftOut) = response.payload(settings.bodyEncoding) else {
      throw Failure(
        status: .badGateway, code: "response-not-utf8",
        "The answer's body is not UTF-8, and this gateway's protocol 1 carries text only. "
          + "Use a gateway that speaks protocol 2, or one that grants base64 bodies.")
    }
    report(leftOut)
    try await answer(payload)
  }

  // Not inlined: what it logs would be in the frame of each exchange.
  @inline(never)
  private func report(_ leftOut: ProxyResponse.LeftOut) {
    if leftOut.cookies > 0 {
      counters.count { $0.cookiesLeftOut += leftOut.cookies }
      logger.warning(
        "protocol 1 carries one Set-Cookie only, the others were left out",
        metadata: ["request_id": "\(requestID)", "left_out": "\(leftOut.cookies)"])
    }
    if leftOut.notUTF8 > 0 {
      counters.count { $0.fieldsLeftOut += leftOut.notUTF8 }
      logger.warning(
        "protocol 1 carries UTF-8 only, response fields were left out",
        metadata: ["request_id": "\(requestID)", "left_out": "\(leftOut.notUTF8)"])
    }
  }

  func abort(_ error: any Error) async {
    // The line is lost. Any other cancellation is a failure of the answer, and its client still waits.
    if Task.isCancelled || error is ClientGone { return }
    var known = (error as? any ExchangeError) ?? Failure.unexpected(error)
    if !(known is Refusal), known.status.code < 500 {
      known = Failure(status: .badGateway, code: known.code, known.sentence, fields: known.fields)
    }
    let plain = known.response
    let response = ProxyResponse(
      requestID: requestID, status: plain.status.code, fields: plain.fields,
      parts: plain.body.unreadMemory.map { [$0] } ?? [])
    guard let (payload, _) = response.payload(settings.bodyEncoding) else { return }
    try? await answer(payload)
  }

  /// Sends the one answer; a second is not sent.
  private func answer(_ payload: JSONValue) async throws {
    let isFirst = state.withLock { state in
      defer { state.isAnswered = true }
      state.parts = []
      return !state.isAnswered
    }
    guard isFirst else { return }
    do {
      try await line.push("proxy_res", payload)
    } catch {
      throw ClientGone()
    }
  }
}
