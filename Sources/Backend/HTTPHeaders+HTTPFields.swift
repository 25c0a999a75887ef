import HTTPTypes
import HTTPWire
import NIOHTTP1

extension HTTPHeaders {
  /// Order, repeats and the case of names stay.
  init(_ fields: HTTPFields) {
    self.init(fields.map { ($0.name.rawName, $0.value) })
  }
}

extension HTTPFields {
  /// - Returns: `nil` if a name is not a token, or a value holds CR, LF, NUL or another control.
  init?(checking headers: HTTPHeaders) {
    guard let fields = CheckedFields.fields(headers.lazy.map { ($0.name, $0.value) }) else { return nil }
    self = fields
  }
}
