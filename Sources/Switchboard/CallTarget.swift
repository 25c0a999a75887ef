import Foundation

/// `/call/<path_id>/...`: whom a request is for, and the target that they are to see.
struct CallTarget: Equatable {
  /// The path id, percent-decoded.
  let pathID: String
  /// What follows, octet for octet; at least `/`.
  let path: String
  /// What follows the `?`; empty if there is none.
  let query: String

  /// - Returns: `nil` for any other target.
  init?(_ target: String) {
    // Octets, not characters: a combining mark after a slash makes it no other slash.
    let octets = target.utf8
    let prefix = "/call/".utf8
    guard octets.starts(with: prefix) else { return nil }
    let parts = octets.dropFirst(prefix.count).split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return nil }
    let segment = whole.prefix { $0 != UInt8(ascii: "/") }
    guard let pathID = String(Substring(segment)).removingPercentEncoding, !pathID.isEmpty else { return nil }
    self.pathID = pathID
    let rest = whole.dropFirst(segment.count)
    self.path = rest.isEmpty ? "/" : String(Substring(rest))
    self.query = parts.count > 1 ? String(Substring(parts[1])) : ""
  }
}
