import Foundation

/// `/call/<path_id>/...`, with scheme and authority before it or without: whom a request is for, and the target that they are to see.
struct CallTarget: Equatable {
  /// The path id, percent-decoded.
  let pathID: String
  /// What follows, octet for octet; at least `/`.
  let path: String
  /// What follows the `?`; empty if there is none.
  let query: String
  /// Path and query as they came.
  let target: String

  /// - Returns: `nil` for any other target.
  init?(_ target: String) {
    // Octets, not characters: a combining mark after a slash makes it no other slash.
    let octets = Self.originForm(target[...].utf8)
    let prefix = "/call/".utf8
    guard octets.starts(with: prefix) else { return nil }
    let parts = octets.dropFirst(prefix.count).split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return nil }
    let segment = whole.prefix { $0 != UInt8(ascii: "/") }
    let written = String(Substring(segment))
    let isPlain = !written.utf8.contains(UInt8(ascii: "%"))
    guard let pathID = isPlain ? written : written.removingPercentEncoding, !pathID.isEmpty else { return nil }
    self.pathID = pathID
    let rest = whole.dropFirst(segment.count)
    let path = rest.isEmpty ? "/" : String(Substring(rest))
    self.path = path
    self.query = parts.count > 1 ? String(Substring(parts[1])) : ""
    self.target = parts.count > 1 ? "\(path)?\(query)" : path
  }

  /// The absolute form, which a client may send as to a proxy, without its scheme and authority (RFC 9112, 3.2.2).
  private static func originForm(_ target: Substring.UTF8View) -> Substring.UTF8View {
    for scheme in ["http://", "https://"] {
      let start = target.prefix(scheme.utf8.count)
      guard
        start.elementsEqual(
          scheme.utf8, by: { $0 == $1 || ($0 | 0x20 == $1 && UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0) })
      else { continue }
      return target.dropFirst(start.count).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    }
    return target
  }
}
