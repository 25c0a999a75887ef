import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(1))) struct InboxTests {
  @Test func `it is full at its limit and tells when it is half empty`() async throws {
    let drained = Signal<Bool>()
    let inbox = Inbox<Int>(limit: 100)
    inbox.setOnDrained { drained.send(true) }
    inbox.offer(1, cost: 50)
    #expect(!inbox.isFull)
    inbox.offer(2, cost: 49)
    inbox.offer(3, cost: 1)
    #expect(inbox.isFull)
    #expect(inbox.takeIfPresent() == 1)
    #expect(!inbox.isFull)
    #expect(await drained.wait() == true)
    inbox.offer(4, cost: 50)
    #expect(inbox.isFull)
    #expect(inbox.takeIfPresent() == 2)
    #expect(inbox.isFull)
    #expect(inbox.takeIfPresent() == 3)
    #expect(!inbox.isFull)
  }

  @Test func `what is in it can be taken after its end`() async throws {
    let inbox = Inbox<Int>(limit: 10)
    inbox.offer(1, cost: 1)
    inbox.finish()
    inbox.offer(2, cost: 1)
    #expect(try await inbox.next() == 1)
    #expect(try await inbox.next() == nil)
  }

  @Test func `a waiting consumer gets the next element, or the end`() async throws {
    for element in [7, nil] {
      let inbox = Inbox<Int>(limit: 10)
      let consumer = Task { try await inbox.next() }
      if let element { inbox.offer(element, cost: 1) } else { inbox.finish() }
      #expect(try await consumer.value == element)
    }
  }
}
