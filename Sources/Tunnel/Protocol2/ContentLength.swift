import HTTPTypes

/// The `Content-Length` of a field section (RFC 9110, 8.6).
enum ContentLength: Equatable {
  case none
  case octets(Int)
  /// No number, a list of them, or two fields that differ.
  case malformed

  init(_ fields: HTTPFields) {
    var found: Int?
    for field in fields where field.name == .contentLength {
      let digits = field.value
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(digits),
        found == nil || found == length
      else {
        self = .malformed
        return
      }
      found = length
    }
    self = found.map(ContentLength.octets) ?? .none
  }

  var octets: Int? { if case .octets(let octets) = self { octets } else { nil } }
}
