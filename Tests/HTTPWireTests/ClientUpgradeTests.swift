import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import HTTPWire

/// The handler of the client's handshake on connections that do not last.
@Suite struct ClientUpgradeTests {
  private func install(on channel: EmbeddedChannel) throws -> ClientUpgradeHandler {
    try ClientUpgradeHandler.install(
      on: channel, endpoint: "gateway.example:443",
      settings: WebSocketSettings(
        isServer: false, maxMessage: 1024, writeTimeout: .seconds(1), closeTimeout: .seconds(1)),
      clock: TestClock())
  }

  @Test func `a connection that is gone before its handler is in is an error, and leaves nothing open`() throws {
    let channel = EmbeddedChannel()
    _ = try channel.finish()
    #expect(throws: ChannelError.self) { try install(on: channel) }
  }

  @Test func `a connection that ends before its answer is a lost one`() throws {
    let channel = EmbeddedChannel()
    let socket = try install(on: channel).socket
    _ = try channel.finish()
    let error = #expect(throws: DialError.self) { try socket.wait() }
    #expect(error?.kind == .connectionLost)
  }
}
