/// Why a stream was reset.
package struct ResetCode: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Cancelled by the client.
  package static let cancelled = ResetCode(rawValue: 0)
  package static let `internal` = ResetCode(rawValue: 1)
  package static let unknownKind = ResetCode(rawValue: 2)
  package static let flowControl = ResetCode(rawValue: 3)
  /// Too many streams, or draining. It promises that no stage saw the request.
  package static let refused = ResetCode(rawValue: 4)
  package static let deadline = ResetCode(rawValue: 5)
  /// The backend or the client is gone.
  package static let peerGone = ResetCode(rawValue: 6)
  package static let tooLarge = ResetCode(rawValue: 7)
  package static let malformed = ResetCode(rawValue: 8)
  /// The rest of the other direction is not wanted.
  package static let notWanted = ResetCode(rawValue: 9)

  /// The status that a client is answered with when the reset comes before a response head.
  package var status: Int {
    switch self {
    case .refused: 503
    case .deadline: 504
    default: 502
    }
  }
}
