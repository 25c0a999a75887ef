/// A host, with `*` for any part of a label and `**` for any number of labels; upper and lower case are the same. Without
/// a port it matches every port.
package struct HostPattern: Sendable, Hashable {
  package let text: String
  private let host: Glob
  private let port: String?

  /// `nil` for what can be no host.
  package init?(_ text: String) {
    let (name, port) = Self.split(text)
    guard !name.isEmpty, port?.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ?? true, port != "",
      !name.contains(where: { "/@?# ".contains($0) }), let host = Glob(name, separator: ".")
    else { return nil }
    self.text = text
    self.host = host
    self.port = port
  }

  /// - Parameter authority: host and port as in `Host`.
  package func matches(_ authority: String) -> Bool {
    let (name, port) = Self.split(authority)
    return !name.isEmpty && (self.port == nil || self.port == port) && host.matches(name)
  }

  /// Whether some authority matches both.
  package func overlaps(_ other: HostPattern) -> Bool {
    (port == nil || other.port == nil || port == other.port) && host.overlaps(other.host)
  }

  /// The host in lower case, without a dot at its end, and what follows its colon. An IPv6 address has brackets.
  private static func split(_ authority: String) -> (name: String, port: String?) {
    let authority = authority.lowercased()
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    let colon = authority[bracket...].lastIndex(of: ":")
    let name = authority[..<(colon ?? authority.endIndex)]
    return (
      String(name.hasSuffix(".") ? name.dropLast() : name),
      colon.map { String(authority[authority.index(after: $0)...]) }
    )
  }
}
