import Testing

@testable import Backend

struct CallDeadlinesTests {
  private func at(_ seconds: Int) -> Duration { .seconds(seconds) }

  private func deadlines(_ limits: BackendLimits) -> CallDeadlines {
    CallDeadlines(limits: limits, start: at(0))
  }

  private static let all = BackendLimits(
    connect: .seconds(2), firstByte: .seconds(10), idle: .seconds(30), total: .seconds(60))

  @Test func `each phase has its own limit`() {
    var deadlines = deadlines(Self.all)
    #expect(deadlines.next?.kind == .connectTimeout)
    #expect(deadlines.next?.deadline == at(2))
    deadlines.note(.request(.connected), at: at(1))
    #expect(deadlines.next?.kind == .idleTimeout)
    #expect(deadlines.next?.deadline == at(31))
    deadlines.note(.request(.moved), at: at(5))
    #expect(deadlines.next?.deadline == at(35))
    deadlines.note(.request(.sent), at: at(6))
    #expect(deadlines.next?.kind == .firstByteTimeout)
    #expect(deadlines.next?.deadline == at(16))
    deadlines.note(.head, at: at(7))
    #expect(deadlines.next?.kind == .totalTimeout)
    deadlines.note(.pull, at: at(20))
    #expect(deadlines.next?.kind == .idleTimeout)
    #expect(deadlines.next?.deadline == at(50))
    deadlines.note(.request(.moved), at: at(25))
    #expect(deadlines.next?.deadline == at(55))
    deadlines.note(.pulled, at: at(26))
    #expect(deadlines.next?.kind == .totalTimeout)
  }

  @Test func `a limit has passed at its instant, not before`() {
    let deadlines = deadlines(Self.all)
    #expect(deadlines.expired(at: at(1)) == nil)
    #expect(deadlines.expired(at: at(2)) == .connectTimeout)
  }

  @Test func `the total counts from the beginning and wins when it comes first`() {
    var deadlines = deadlines(BackendLimits(idle: .seconds(30), total: .seconds(60)))
    deadlines.note(.head, at: at(40))
    deadlines.note(.pull, at: at(41))
    #expect(deadlines.next?.kind == .totalTimeout)
    #expect(deadlines.next?.deadline == at(60))
  }

  @Test func `without limits nothing ever passes`() {
    var deadlines = deadlines(BackendLimits())
    for event in [CallEvent.request(.connected), .request(.sent), .head, .pull] {
      deadlines.note(event, at: at(1))
      #expect(deadlines.expired(at: at(1_000_000)) == nil)
    }
  }

  @Test func `an answer that comes before the request is sent`() {
    var deadlines = deadlines(Self.all)
    deadlines.note(.request(.connected), at: at(0))
    deadlines.note(.head, at: at(1))
    deadlines.note(.request(.sent), at: at(2))
    #expect(deadlines.phase == .paused)
  }
}
