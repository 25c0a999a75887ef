/// What a frame of protocol 2 is. Every octet can be one; those up to 0x1F that have no name here are reserved.
package struct FrameKind: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let requestHead = FrameKind(rawValue: 0x01)
  package static let responseHead = FrameKind(rawValue: 0x02)
  package static let data = FrameKind(rawValue: 0x03)
  package static let trailers = FrameKind(rawValue: 0x04)
  package static let reset = FrameKind(rawValue: 0x05)
  package static let credit = FrameKind(rawValue: 0x06)
  package static let interimHead = FrameKind(rawValue: 0x07)
  package static let message = FrameKind(rawValue: 0x08)
  package static let close = FrameKind(rawValue: 0x09)
  package static let drain = FrameKind(rawValue: 0x0A)

  /// The last kind that a later protocol may give a meaning to. One above it breaks the framing.
  static let lastReserved: UInt8 = 0x1F
}

/// The flags of a frame. Those that a kind has no use for are ignored.
package struct FrameFlags: OptionSet, Hashable, Sendable {
  package var rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// On REQUEST_HEAD, RESPONSE_HEAD and DATA: ends that direction.
  package static let end = FrameFlags(rawValue: 0x01)
  /// On MESSAGE: a fragment that is not the last.
  package static let more = FrameFlags(rawValue: 0x02)
  /// On REQUEST_HEAD: the client asks for a WebSocket.
  package static let upgrade = FrameFlags(rawValue: 0x04)
}
