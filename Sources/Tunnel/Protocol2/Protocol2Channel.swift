package import PhoenixChannels

/// The joined channel as protocol 2 needs it.
package protocol Protocol2Channel: Sendable {
  /// Pushes frames as one binary message, event `t2`, and returns when more can be written.
  func push(_ frames: FrameMessage) async throws
}

/// The event that the frames of protocol 2 travel by.
package enum Protocol2Event {
  package static let frames = "t2"
}

extension PhoenixChannels.Channel: Protocol2Channel {
  package func push(_ frames: FrameMessage) async throws {
    try await push(Protocol2Event.frames, frames.payload)
  }
}
