import HTTPTypes
package import TelephoneKit

/// Answers at once, with a status, fields and a body that the file gives: a page for maintenance, a check of health, a
/// redirect, a refusal under a condition. What comes behind it in the file is not asked, but the response stages are.
package struct Respond: RequestStage {
  package struct Options: StageOptions {
    @Option(help: "The status.", range: 200...599) package var status = 200
    @Option(help: "Header fields, such as { Retry-After: 600 }. Content-Length is set from the body.")
    package var fields: [String: String] = [:]
    @Option(help: "The body, as text. Its Content-Type is text/plain where fields gives none.")
    package var body = ""

    package init() {}

    package func validate() throws {
      _ = try Respond.head(self)
      guard body.isEmpty || ![204, 205, 304].contains(status) else {
        throw OptionProblem("an answer with the status \(status) has no body (RFC 9110, 6.4.1)", option: "body")
      }
    }
  }

  package static let name = "respond"
  package static let summary = "Answers with a fixed status, fields and body."
  package static let alwaysAnswers = true
  package static let example: String? = "{ status: 503, fields: { Retry-After: 600 }, body: Back soon. }"

  private let status: HTTPResponse.Status
  private let fields: HTTPFields
  private let body: String

  package init(_ options: Options, _ context: StageContext) throws {
    var fields = try Self.head(options)
    if !options.body.isEmpty, !fields.contains(.contentType) { fields[.contentType] = "text/plain; charset=utf-8" }
    if options.status != 204, options.status != 304 { fields[.contentLength] = String(options.body.utf8.count) }
    self.fields = fields
    status = HTTPResponse.Status(code: options.status)
    body = options.body
  }

  package func process(_ exchange: Exchange) async throws -> Decision {
    .answer(Response(status: status, fields: fields, body: Body(body)))
  }

  /// The fields as the file gives them, by name.
  /// - Throws: an ``OptionProblem``: a name or value that is none, a name that is the wire's own, or stands there twice.
  private static func head(_ options: Options) throws(OptionProblem) -> HTTPFields {
    var fields: HTTPFields = [:]
    for (text, value) in options.fields.sorted(by: { $0.key < $1.key }) {
      guard let name = HTTPField.Name(text) else {
        throw OptionProblem("'fields': '\(text)' is no field name (RFC 9110, 5.1)", option: "fields")
      }
      guard !name.isHopByHop, name != .contentLength, name != .trailer else {
        throw OptionProblem("'fields': '\(text)' is set where the answer is sent; leave it out", option: "fields")
      }
      guard HTTPField.isValidValue(value) else {
        throw OptionProblem(
          "'fields': the value of '\(text)' must be one line without spaces at its ends", option: "fields")
      }
      guard !fields.contains(name) else {
        throw OptionProblem("'fields': '\(text)' stands there twice, in upper and lower case", option: "fields")
      }
      fields.append(HTTPField(name: name, value: value))
    }
    return fields
  }
}
