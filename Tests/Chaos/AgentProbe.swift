import Foundation
import HTTPTypes
import HTTPWire
import NIOCore

/// Asks an agent's health page.
struct AgentProbe: Sendable {
  private struct Unreadable: Error {}

  private let connection: KeptConnection

  init(port: Int) { connection = KeptConnection(port: port) }

  /// - Throws: when the agent does not answer.
  func counts() async throws -> AgentCounts {
    let octets: ByteBuffer
    do {
      octets = try await withDeadline(.seconds(5), clock: ContinuousClock()) { try await page() }
    } catch {
      connection.close()
      throw error
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(AgentCounts.self, from: Data(octets.readableBytesView))
  }

  private func page() async throws -> ByteBuffer {
    let exchange = try await connection.start(ClientRequest(method: .get, target: "/health", authority: "agent"))
    var page = ByteBuffer()
    while true {
      switch try await exchange.next() {
      case .whole(_, let octets, _): return octets
      case .body(let octets): page.writeImmutableBuffer(octets)
      case .end: return page
      case .head, .interim: continue
      case .switched: throw Unreadable()
      }
    }
  }
}
