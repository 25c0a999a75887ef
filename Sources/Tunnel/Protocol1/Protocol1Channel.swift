package import PhoenixChannels

/// The joined channel as protocol 1 needs it; a test puts an array in its place.
package protocol Protocol1Channel: Sendable {
  /// Pushes an event that expects no reply, and returns when it is written.
  func push(_ event: String, _ payload: JSONValue) async throws
}
