import HTTPTypes
package import TelephoneKit

/// Refuses requests whose header fields are too many or too large, with 431 (RFC 6585, 5).
///
/// Sizes are octets of names and values as they came, without the colon and the line's end. Names that are no tokens
/// and values with CR, LF or NUL never come here: they are refused where the wire is decoded.
package struct LimitHeaders: RequestStage {
  package struct Options: StageOptions {
    @Option(help: "The most fields; repeats count.", range: 1...100_000) package var maxCount = 100
    @Option(help: "The longest field name.", range: .octets(1)...(.mebibytes(1)))
    package var maxName = ByteSize.octets(256)
    @Option(help: "The longest field value.", range: .octets(1)...(.mebibytes(16)))
    package var maxValue = ByteSize.kibibytes(16)
    @Option(help: "The most octets of all names and values together.", range: .octets(1)...(.mebibytes(64)))
    package var maxTotal = ByteSize.kibibytes(64)

    package init() {}
  }

  package static let name = "limit-headers"
  package static let summary = "Refuses requests whose header fields are too many or too large."
  package static let answers = [
    StageAnswer(431, "too-many-fields", "there are more than max-count fields"),
    StageAnswer(431, "field-name-too-long", "a field's name is longer than max-name"),
    StageAnswer(431, "field-value-too-long", "a field's value is longer than max-value"),
    StageAnswer(431, "fields-too-large", "all names and values together are larger than max-total"),
  ]

  private let options: Options

  package init(_ options: Options, _ context: StageContext) { self.options = options }

  package func process(_ exchange: Exchange) async throws -> Decision {
    let fields = exchange.request.fields
    guard fields.count <= options.maxCount else {
      throw refusal("too-many-fields", "The request has more than \(options.maxCount) header fields.")
    }
    var total = 0
    for field in fields {
      let name = field.name.rawName.utf8.count
      guard name <= options.maxName.octets else {
        throw refusal("field-name-too-long", "A header field's name is longer than \(options.maxName.text).")
      }
      let value = field.withUnsafeBytesOfValue { $0.count }
      guard value <= options.maxValue.octets else {
        throw refusal(
          "field-value-too-long",
          "The value of the header field '\(field.name.rawName)' is longer than \(options.maxValue.text).")
      }
      total += name + value
    }
    guard total <= options.maxTotal.octets else {
      throw refusal(
        "fields-too-large", "The header fields are larger than \(options.maxTotal.text) together.")
    }
    return .proceed
  }

  private func refusal(_ code: String, _ sentence: String) -> Refusal {
    Refusal(status: .requestHeaderFieldsTooLarge, code: code, sentence)
  }
}
