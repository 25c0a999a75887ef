import Foundation
import HTTPTypes
import TelephoneKit

/// An exchange as a file holds it, with its secrets hidden: the format `exchange/1`, see docs/live.md. What is not known is
/// left out.
struct ExchangeFile: Encodable {
  var telephone = "exchange/1"
  var id: String
  /// When it began.
  var at: String
  var pipeline: String
  var request: RequestPart
  /// `nil`: no head has left.
  var response: ResponsePart?
  var outcome: OutcomePart
  var durationMs: Double

  private enum CodingKeys: String, CodingKey {
    case telephone, id, at, pipeline, request, response, outcome
    case durationMs = "duration-ms"
  }

  struct RequestPart: Encodable {
    var method: String
    var scheme: String
    var authority: String
    var target: String
    var clientAddress: String?
    /// Given, and `true`, if the request asked for a WebSocket.
    var websocket: Bool?
    var fields: [[String]]
    var body: BodyMembers

    private enum CodingKeys: String, CodingKey {
      case method, scheme, authority, target, websocket, fields
      case clientAddress = "client-address"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(method, forKey: .method)
      try container.encode(scheme, forKey: .scheme)
      try container.encode(authority, forKey: .authority)
      try container.encode(target, forKey: .target)
      try container.encodeIfPresent(clientAddress, forKey: .clientAddress)
      try container.encodeIfPresent(websocket, forKey: .websocket)
      try container.encode(fields, forKey: .fields)
      try body.encode(to: encoder)
    }
  }

  struct ResponsePart: Encodable {
    var status: Int
    var fields: [[String]]
    var body: BodyMembers

    private enum CodingKeys: String, CodingKey { case status, fields }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(status, forKey: .status)
      try container.encode(fields, forKey: .fields)
      try body.encode(to: encoder)
    }
  }

  struct OutcomePart: Encodable {
    var kind: String
    var status: Int?
    var code: String?
    var decidedBy: String?

    private enum CodingKeys: String, CodingKey {
      case kind, status, code
      case decidedBy = "decided-by"
    }
  }
}

extension ExchangeFile {
  /// `nil` as long as the exchange runs.
  init?(_ recording: ExchangeRecording) {
    guard let contents = recording.contents else { return nil }
    let (redaction, incoming) = (contents.redaction, recording.request)
    let mask = SecretMask(redaction)
    func shown(_ fields: HTTPFields) -> [[String]] { fields.map { [$0.name.rawName, redaction.shown($0)] } }
    func body(_ body: RecordedBody, _ fields: HTTPFields) -> BodyMembers {
      BodyMembers(body, fields, mask, trailers: body.trailers.map(shown) ?? [])
    }
    id = redaction.shown(recording.id)
    at = Timestamp.text(of: recording.began)
    pipeline = recording.pipeline
    request = RequestPart(
      method: incoming.method.rawValue, scheme: incoming.scheme, authority: redaction.shown(incoming.authority),
      target: redaction.shown(target: incoming.target), clientAddress: incoming.clientAddress,
      websocket: incoming.asksForWebSocket ? true : nil, fields: shown(incoming.fields),
      body: body(contents.requestBody, incoming.fields))
    response = contents.head.map { head in
      ResponsePart(
        status: head.status.code, fields: shown(head.fields), body: body(contents.responseBody, head.fields))
    }
    let outcome = contents.outcome
    self.outcome = OutcomePart(
      kind: outcome.kind.rawValue, status: outcome.status, code: outcome.code, decidedBy: outcome.decidedBy)
    durationMs = AccessLog.milliseconds(contents.duration)
  }

  /// The file's octets, the same for the same exchange.
  func octets() throws -> Data {
    Data("\(try JSONEncoder.report(self))\n".utf8)
  }
}
