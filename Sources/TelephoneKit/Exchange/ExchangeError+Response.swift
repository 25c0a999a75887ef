import Foundation
import HTTPTypes

extension ExchangeError {
  /// The error as an answer: problem details in JSON (RFC 9457) with the members `title`, `status`, `detail`, `code`.
  public var response: Response {
    let details = ProblemDetails(
      title: status.reasonPhrase.isEmpty ? "Status \(status.code)" : status.reasonPhrase,
      status: status.code, detail: sentence, code: code)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = (try? encoder.encode(details)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    var response = Response(status: status, fields: fields, text: text, contentType: "application/problem+json")
    response.fields[.cacheControl] = "no-store"
    return response
  }
}

private struct ProblemDetails: Encodable {
  var title: String
  var status: Int
  var detail: String
  var code: String
}
