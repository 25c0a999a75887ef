import HTTPTypes

extension ExchangeError {
  /// The error as an answer: problem details in JSON (RFC 9457) with the members `title`, `status`, `detail`, `code`.
  public var response: Response {
    let title = status.reasonPhrase.isEmpty ? "Status \(status.code)" : status.reasonPhrase
    // Written by hand: a flood of refusals must cost little.
    var text = "{\"code\":"
    text.append(asJSON: code)
    text += ",\"detail\":"
    text.append(asJSON: sentence)
    text += ",\"status\":\(status.code),\"title\":"
    text.append(asJSON: title)
    text += "}"
    var response = Response(status: status, fields: fields, text: text, contentType: "application/problem+json")
    response.fields[.cacheControl] = "no-store"
    return response
  }
}

extension String {
  /// Appends a string of JSON (RFC 8259, 7).
  fileprivate mutating func append(asJSON string: String) {
    unicodeScalars.append("\"")
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        unicodeScalars.append("\\")
        unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        self += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      default: unicodeScalars.append(scalar)
      }
    }
    unicodeScalars.append("\"")
  }
}
