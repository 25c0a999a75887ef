/// `application/x-www-form-urlencoded`, as browsers and curl write it.
enum FormEncoding {
  static let contentType = "application/x-www-form-urlencoded"

  /// All but letters, digits and `-._~` percent-encoded (RFC 3986, 2.3), a space as `+`.
  static func encoded(_ octets: some Sequence<UInt8>) -> String {
    var text = ""
    for octet in octets {
      switch octet {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        text.unicodeScalars.append(Unicode.Scalar(octet))
      case UInt8(ascii: " "): text += "+"
      default: text += (octet < 16 ? "%0" : "%") + String(octet, radix: 16, uppercase: true)
      }
    }
    return text
  }

  static func encoded(_ text: String) -> String { encoded(Array(text.utf8)) }
}
