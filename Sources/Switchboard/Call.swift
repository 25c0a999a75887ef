import Foundation
import HTTPTypes
import HTTPWire
import NIOCore
import TelephoneKit
import Tunnel

/// One request of a client, from the door to a telephone and back.
struct Call {
  /// The answer that the client gets.
  struct Answer {
    var status: Int
    var fields: HTTPFields
    var body: ByteBuffer
  }

  let request: ServerRequest
  let target: CallTarget
  let settings: SwitchboardSettings
  let lines: LineTable
  let clock: any Clock<Duration>
  /// How much of the switchboard's start grace is left.
  let grace: Duration

  /// - Throws: a `Refusal` or `Failure` that is to be answered.
  func answer() async throws -> Answer {
    if !lines.hasLine(for: target.pathID), grace > .zero {
      try? await withDeadline(grace, clock: clock) { [lines, target] in try await lines.untilJoined(target.pathID) }
    }
    guard lines.hasLine(for: target.pathID) else { throw Self.noTelephone }
    let body = try await body()
    // Only now: a line that was joined when a slow upload began may be gone.
    guard let line = lines.next(for: target.pathID) else { throw Self.noTelephone }
    let proxied = ProxyRequest(
      requestID: UUID().uuidString.lowercased(), method: request.head.method, path: target.path,
      queryString: target.query, fields: requestFields(), body: body)
    let response: ProxyResponse
    do {
      response = try await withDeadline(settings.answerTimeout, clock: clock) { try await line.ask(proxied) }
    } catch is DeadlineExceeded {
      throw Failure(
        status: .gatewayTimeout, code: "telephone-timeout",
        "The telephone did not answer within \(settings.answerTimeout.text).")
    }
    var fields = response.fields.withoutHopByHop()
    // The length of what is here is counted; only HEAD tells of a body that is not, if it tells one number.
    if request.head.method != .head || Int(fields[.contentLength] ?? "").map({ $0 < 0 }) ?? true {
      fields[.contentLength] = nil
    }
    return Answer(status: response.status, fields: fields, body: response.body)
  }

  private static var noTelephone: Failure {
    Failure(
      status: .serviceUnavailable, code: "no-telephone", "No telephone is connected for this path.",
      fields: [.retryAfter: "1"])
  }

  /// The whole body; one that says itself that it is too large is not asked for.
  private func body() async throws -> ByteBuffer {
    let tooLarge = Refusal(
      status: .contentTooLarge, code: "body-too-large",
      "This gateway takes bodies of at most \(settings.maxBody) octets.")
    if let length = request.head.fields[.contentLength].flatMap({ Int($0) }), length > settings.maxBody {
      throw tooLarge
    }
    guard let body = try await request.body.collect(upTo: settings.maxBody) else { throw tooLarge }
    return body
  }

  private func requestFields() -> HTTPFields {
    var fields = request.head.fields.withoutHopByHop()
    fields[.expect] = nil
    fields[.hostField] = request.head.authority
    let before = fields[values: .xForwardedFor]
    fields[.xForwardedFor] = (before + [request.head.remoteAddress]).joined(separator: ", ")
    fields[.xForwardedProto] = "http"
    return fields
  }
}
