/// What may still be sent on one stream: the peer's stream credit, what it added since, and what was used.
///
/// Each DATA and MESSAGE costs its payload and the 10 octets of its header; an empty DATA with END is free.
package struct SendCredit: Sendable, Equatable {
  /// The most that may be open at once.
  package static let limit = Int(UInt32.max)

  package private(set) var available: Int

  package init(_ available: Int) { self.available = available }

  /// - Returns: `false` if that is more than the limit: the stream must be reset (code 3).
  package mutating func add(_ octets: UInt32) -> Bool {
    guard available + Int(octets) <= Self.limit else { return false }
    available += Int(octets)
    return true
  }

  /// The longest payload that fits; 0 if not even one octet does.
  package var longestPayload: Int { max(0, available - Frame.headerSize) }

  package mutating func use(payload: Int) { available -= Frame.headerSize + payload }
}
