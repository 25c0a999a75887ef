/// A URL taken apart (RFC 3986, 3), and left as it is written: no octet is decoded, and no `..` is followed.
struct RequestURL {
  /// Half a sentence that says what is wrong.
  struct Fault: Error {
    var reason: String
  }

  /// `http` or `https`.
  var scheme: String
  /// Host and port as a client puts them into `Host`: without user information, and without the port that the scheme
  /// has anyway.
  var authority: String
  /// Path and query.
  var target: String
  /// What stands before the `@`.
  var userInformation: String?
  /// Whether the scheme is `ws` or `wss`.
  var asksForWebSocket = false

  private static let schemes = ["http": "http", "https": "https", "ws": "http", "wss": "https"]

  /// The scheme of a URL and what stands behind its `://` (RFC 3986, 3.1). `nil` if it names none: a `://` can also stand
  /// in a query.
  static func scheme(of text: String) -> (name: Substring, rest: Substring)? {
    guard let mark = text.firstRange(of: "://"), case let name = text[..<mark.lowerBound],
      let first = name.utf8.first, isLetter(first),
      name.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) })
    else { return nil }
    return (name, text[mark.upperBound...])
  }

  private static func isLetter(_ octet: UInt8) -> Bool { (0x61...0x7A).contains(octet | 0x20) }

  /// - Parameter fallback: the scheme of a URL that names none; `nil`: it must name one.
  init(_ text: String, scheme fallback: String? = nil) throws(Fault) {
    guard !text.isEmpty else { throw Fault(reason: "is missing") }
    if let octet = text.utf8.first(where: { $0 <= 0x20 || $0 == 0x7F }) {
      throw Fault(
        reason: octet == 0x20
          ? "holds a space; write it as %20" : "holds a control character; write it percent-encoded, such as %0A")
    }
    var rest = text[...]
    if let (found, behind) = Self.scheme(of: text) {
      let name = found.lowercased()
      guard let scheme = Self.schemes[name] else {
        throw Fault(reason: "must begin with http:// or https://")
      }
      self.scheme = scheme
      asksForWebSocket = name.hasPrefix("ws")
      rest = behind
    } else if let fallback {
      scheme = fallback
    } else {
      throw Fault(reason: "must begin with http:// or https://")
    }
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    var authority = rest[..<end]
    if let at = authority.lastIndex(of: "@") {
      userInformation = String(authority[..<at])
      authority = authority[authority.index(after: at)...]
    }
    self.authority = try Self.authority(authority, scheme: scheme)
    let target = rest[end...].prefix { $0 != "#" }
    self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
  }

  private static func authority(_ text: Substring, scheme: String) throws(Fault) -> String {
    guard RequestDraft.isAuthority(String(text)) || text.isEmpty else {
      throw Fault(reason: "has a host that is none: '\(text)'")
    }
    let bracket = text.lastIndex(of: "]") ?? text.startIndex
    guard let colon = text[bracket...].lastIndex(of: ":") else {
      guard !text.isEmpty else { throw Fault(reason: "names no host") }
      return String(text)
    }
    let (host, port) = (text[..<colon], text[text.index(after: colon)...])
    guard !host.isEmpty else { throw Fault(reason: "names no host") }
    if port.isEmpty { return String(host) }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65_535).contains(number)
    else { throw Fault(reason: "has a port that is none; a port is a number from 1 to 65535") }
    return number == (scheme == "https" ? 443 : 80) ? String(host) : String(text)
  }
}
