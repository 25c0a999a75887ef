package import PhoenixChannels

extension Channel: Protocol1Channel {
  package func push(_ event: String, _ payload: JSONValue) async throws {
    try await push(event, .json(payload))
  }
}
