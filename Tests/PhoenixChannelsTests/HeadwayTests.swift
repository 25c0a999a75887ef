import HTTPWire
import Testing

@testable import PhoenixChannels

/// Whether answers to heartbeats need not have come yet, by what moves on the socket.
@Suite struct HeadwayTests {
  private typealias Flow = WebSocket.Flow
  private let headway = Headway()

  @Test func `with nothing before the heartbeats, and nothing that moves, they are late at once`() {
    headway.begin(Flow(given: 500, sent: 500, received: 900))
    #expect(!headway.isHeldUp(Flow(given: 600, sent: 600, received: 900)))
  }

  @Test func `while what is before them leaves they are not late, and one limit more when it has left`() {
    headway.begin(Flow(given: 10_000, sent: 2000))
    #expect(headway.isHeldUp(Flow(given: 12_000, sent: 4000)))
    #expect(headway.isHeldUp(Flow(given: 90_000, sent: 11_000)))
    #expect(!headway.isHeldUp(Flow(given: 90_000, sent: 50_000)))
  }

  @Test func `a queue that does not move makes them late at once`() {
    headway.begin(Flow(given: 10_000, sent: 2000))
    #expect(!headway.isHeldUp(Flow(given: 12_000, sent: 2000)))
  }

  @Test func `while a large message of the gateway's comes they are not late`() {
    headway.begin(Flow(received: 1000))
    #expect(headway.isHeldUp(Flow(received: 50_000, unfinished: 48_000)))
    #expect(headway.isHeldUp(Flow(received: 51_000, unfinished: 49_000)))
    #expect(!headway.isHeldUp(Flow(received: 51_000, unfinished: 49_000)))
  }

  @Test func `a gateway that sends much, and answers no heartbeat, is late`() {
    headway.begin(Flow(received: 1000))
    #expect(!headway.isHeldUp(Flow(received: 100_000)))
    #expect(!headway.isHeldUp(Flow(received: 200_000, unfinished: 900)))
  }
}
