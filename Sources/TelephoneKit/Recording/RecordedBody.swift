package import HTTPTypes
package import NIOCore

/// The beginning of a body that has passed, and how long it was.
package struct RecordedBody: Sendable {
  package private(set) var kept = ByteBuffer()
  /// All that passed.
  package private(set) var octets = 0
  package internal(set) var trailers: HTTPFields?
  /// Whether its end has passed.
  var isEnded = false

  /// Whether ``kept`` is not the whole body.
  package var isCut: Bool { !isEnded || isBroken }

  /// - Parameters:
  ///   - limit: the most octets that are kept.
  ///   - budget: what these are taken from.
  mutating func append(_ buffer: ByteBuffer, upTo limit: Int, from budget: OctetBudget) {
    // Nothing is kept behind a gap.
    let room = isBroken ? 0 : min(buffer.readableBytes, limit - octets)
    octets += buffer.readableBytes
    guard room > 0, budget.take(room) else { return }
    // A copy, as a slice would keep all of a large buffer.
    kept.writeBytes(buffer.readableBytesView.prefix(room))
  }

  private var isBroken: Bool { kept.readableBytes < octets }
}
