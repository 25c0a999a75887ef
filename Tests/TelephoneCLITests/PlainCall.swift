import TestSupport

/// One request over a socket of its own.
enum PlainCall {
  static func get(_ port: Int, _ target: String) async throws -> String {
    let client = try await RawClient.connect(port: port)
    try await client.write("GET \(target) HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    return await client.readAllText()
  }
}
