package import HTTPTypes

extension HTTPField {
  /// The last element of a value that is a list (RFC 9110, 5.6.1), without the spaces and tabs around it; empty if
  /// nothing stands after the last comma.
  package var lastElement: Substring {
    let value = value
    let octets = value.utf8
    let start = octets.lastIndex(of: UInt8(ascii: ",")).map { octets.index(after: $0) } ?? octets.startIndex
    let element = octets[start...]
    let isSpace = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
    guard let first = element.firstIndex(where: { !isSpace($0) }),
      let last = element.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return value[first...last]
  }
}
