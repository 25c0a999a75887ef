import NIOCore
import TestSupport

/// A client at the switchboard's door, on one connection.
struct DoorClient: Sendable {
  struct Malformed: Error {
    var line: String
  }

  let connection: RawConnection

  static func connect(_ port: Int) async throws -> DoorClient {
    DoorClient(connection: try await RawClient.connect(port: port))
  }

  /// Writes a request head and what follows it.
  func send(_ line: String, _ fields: [String] = [], _ body: String = "") async throws {
    let lines = ["\(line) HTTP/1.1", "Host: example.org"] + fields
    try await connection.write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// The next head, its lines as they came.
  func head() async throws -> [String] {
    try await connection.read(until: "\r\n\r\n").split(separator: "\r\n").map(String.init)
  }

  /// The next chunk; `nil` at the last one, whose trailers are read too.
  func chunk() async throws -> String? {
    let line = try await connection.read(until: "\r\n")
    guard let size = Int(line.dropLast(1), radix: 16) else { throw Malformed(line: line) }
    if size == 0 {
      while try await connection.read(until: "\r\n") != "\r\n" {}
      return nil
    }
    let chunk = try await connection.read(size)
    _ = try await connection.read(2)
    return String(buffer: chunk)
  }

  /// The rest of the chunks.
  func chunks() async throws -> String {
    var whole = ""
    while let chunk = try await chunk() { whole += chunk }
    return whole
  }

  /// What there is until the connection ends.
  func rest() async -> String { await connection.readAllText() }

  func close() async { await connection.close() }
}
