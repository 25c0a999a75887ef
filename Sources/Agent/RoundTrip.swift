/// How long heartbeats take: the last one, and a mean in which each new one counts an eighth, as the smoothed round trip of
/// TCP does (RFC 6298, section 2).
package struct RoundTrip: Sendable, Equatable {
  package private(set) var last: Duration
  package private(set) var smoothed: Duration

  package init(_ first: Duration) {
    last = first
    smoothed = first
  }

  package mutating func add(_ next: Duration) {
    last = next
    smoothed += (next - smoothed) / 8
  }
}
