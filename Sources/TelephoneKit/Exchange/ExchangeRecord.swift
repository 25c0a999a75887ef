/// What is known of an exchange that has ended. There is exactly one for each that an ``ExchangeObserver`` was told of.
package struct ExchangeRecord: Sendable {
  /// The longest ``path``, in octets.
  package static let longestPath = 256

  package var id: String
  /// The method token, as the client sent it.
  package var method: String
  /// The target as the client sent it, with its query. Not for a log: see ``path``.
  var target: String
  var redaction: Redaction
  /// The status that left, or would have left.
  package var status: Int?
  package var outcome: Outcome.Kind
  /// The id of the step that decided the answer; `nil` if the exchange was abandoned or nobody answered.
  package var decidedBy: String?
  /// The octets of the request's body that were read from the client, or of a WebSocket's messages from it.
  package var requestOctets: Int
  /// The octets of the answer's body that were written to the client, or of a WebSocket's messages to it.
  package var responseOctets: Int
  /// From the first stage to the last octet; `finally` stages are not in it.
  package var duration: Duration
  /// From the backend stage's turn to the head that it gave; `nil` if none gave one.
  package var backendDuration: Duration?
  /// See ``Exchange/traceID``.
  package var traceID: String
  /// Whether a WebSocket was opened.
  package var isWebSocket: Bool
  /// The protocol of the line that it came by, 1 or 2; `nil` if it came by no line.
  package var protocolVersion: Int?

  /// The path as the client sent it: without the query, secrets hidden, then cut to ``longestPath``. It is not checked: it
  /// may hold any character. Each call costs time that grows with the path.
  package var path: String {
    let path = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(target[..<$0]) } ?? target
    return redaction.shown(path).cut(toOctets: Self.longestPath)
  }

  /// About what it holds of memory, in octets.
  package var size: Int { 512 + target.utf8.count + id.utf8.count + method.utf8.count }
}

extension String {
  /// The text without what stands behind so many octets of UTF-8. No character is cut in the middle of its octets.
  package func cut(toOctets limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
