package import HTTPTypes

extension HTTPField {
  /// The value, if it is UTF-8: JSON carries nothing else (RFC 8259, section 8.1). `value` would have other octets then.
  package var text: String? {
    let text = value
    return withUnsafeBytesOfValue { $0.elementsEqual(text.utf8) } ? text : nil
  }
}
