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
    let prefix = "/call/"
    guard target.hasPrefix(prefix) else { return nil }
    let parts = target.dropFirst(prefix.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return nil }
    let segment = whole.prefix { $0 != "/" }
    guard let pathID = segment.removingPercentEncoding, !pathID.isEmpty else { return nil }
    self.pathID = pathID
    let rest = whole.dropFirst(segment.count)
    self.path = rest.isEmpty ? "/" : String(rest)
    self.query = parts.count > 1 ? String(parts[1]) : ""
  }
}
