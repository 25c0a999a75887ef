/// A ws or wss URL, taken apart (RFC 6455, section 3; RFC 3986).
package struct WebSocketURL: Sendable, Equatable {
  package var isSecure: Bool
  /// Without the brackets of an IPv6 address.
  package var host: String
  package var port: Int
  /// Path and query, as in the URL; at least "/".
  package var target: String

  /// - Returns: nil for another scheme, no host, a bad port, user information, or characters that a URL cannot have.
  package init?(_ text: String) {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    let lowercased = text.prefix(6).lowercased()
    let afterScheme: Substring
    if lowercased.hasPrefix("wss://") {
      isSecure = true
      afterScheme = text.dropFirst(6)
    } else if lowercased.hasPrefix("ws://") {
      isSecure = false
      afterScheme = text.dropFirst(5)
    } else {
      return nil
    }
    let withoutFragment = afterScheme.prefix { $0 != "#" }
    let authority = withoutFragment.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { return nil }
    let rest = withoutFragment[authority.endIndex...]
    target = rest.hasPrefix("/") ? String(rest) : "/" + rest
    let portText: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      let after = authority[authority.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { return nil }
      portText = after.dropFirst()
    } else {
      let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let first = parts.first else { return nil }
      host = String(first)
      portText = parts.count == 2 ? parts[1] : ""
    }
    guard !host.isEmpty else { return nil }
    if portText.isEmpty {
      port = isSecure ? 443 : 80
    } else {
      guard let number = UInt16(portText), number > 0, portText.utf8.allSatisfy({ $0 != 0x2B }) else { return nil }
      port = Int(number)
    }
  }

  /// What goes into `Host`: the port only when it is not the scheme's own.
  package var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }
}
