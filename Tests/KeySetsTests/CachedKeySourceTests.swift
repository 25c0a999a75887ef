import TestSupport
import Testing

@testable import KeySets

@Suite struct CachedKeySourceTests {
  static let ours = RFCVectors.jwks(KeyChoiceTests.jwk(#""kid":"ours""#))
  static let strange = RFCVectors.jwks(KeyChoiceTests.jwk(stranger: true, #""kid":"other""#))

  let clock = TestClock()
  let server: FakeJWKSServer
  let source: CachedKeySource

  init() {
    let server = FakeJWKSServer(Self.ours)
    self.server = server
    source = CachedKeySource(fetch: { try await server.fetch() }, clock: clock)
  }

  private func verify(kid: String? = "ours") async throws -> TokenRejection.Kind? {
    let token = try TestSigner.token(.es256, "{}", header: kid.map { #""kid":"\#($0)""# } ?? "")
    return await rejection(of: token, by: source, TokenRules(algorithms: [.es256]))
  }

  private func untilWaiting(_ count: Int) async { while source.waiting != count { await Task.yield() } }

  @Test func `keys are fetched once and again when their lifetime is over`() async throws {
    for _ in 0..<3 { #expect(try await verify() == nil) }
    #expect(server.fetches == 1)
    clock.advance(by: .seconds(600) - .nanoseconds(1))
    #expect(try await verify() == nil)
    #expect(server.fetches == 1)
    clock.advance(by: .nanoseconds(1))
    #expect(try await verify() == nil)
    #expect(server.fetches == 2)
  }

  @Test func `64 waiters share one refresh`() async throws {
    server.hold()
    try await withThrowingTaskGroup(of: TokenRejection.Kind?.self) { group in
      for _ in 0..<64 { group.addTask { try await verify() } }
      await untilWaiting(64)
      server.release()
      for try await kind in group { #expect(kind == nil) }
    }
    #expect(server.fetches == 1)
    #expect(source.waiting == 0)
  }

  @Test func `no waiter is forgotten when a refresh ends while it comes`() async throws {
    for round in 1...200 {
      clock.advance(by: .seconds(600))
      await withTaskGroup(of: KeySetError.Kind?.self) { group in
        for _ in 0..<8 {
          group.addTask { [source] in
            do throws(KeySetError) {
              _ = try await source.keys()
              return nil
            } catch {
              return error.kind
            }
          }
        }
        for await kind in group { #expect(kind == nil) }
      }
      #expect(server.fetches == round)
    }
  }

  @Test func `a cancelled waiter goes at once and the refresh goes on for the others`() async throws {
    server.hold()
    let first = Task { try await verify() }
    await untilWaiting(1)
    let second = Task { try await verify() }
    await untilWaiting(2)
    first.cancel()
    #expect(try await first.value == .keysUnavailable)
    #expect(source.waiting == 1)
    server.release()
    #expect(try await second.value == nil)
    #expect(server.fetches == 1)
  }

  @Test func `who was cancelled before does not wait`() async throws {
    server.hold()
    let source = source
    let kind = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await #expect(throws: KeySetError.self) { try await source.keys() }?.kind
    }.value
    #expect(kind == .cancelled)
    server.release()
  }

  @Test func `without keys nobody is let in, and the server is asked once a second`() async throws {
    server.fail()
    for _ in 0..<5 { #expect(try await verify() == .keysUnavailable) }
    #expect(server.fetches == 1)
    clock.advance(by: .seconds(1))
    #expect(try await verify() == .keysUnavailable)
    #expect(server.fetches == 2)
    server.answer(Self.ours)
    clock.advance(by: .seconds(1))
    #expect(try await verify() == nil)
  }

  @Test func `it fails closed when the lifetime is over`() async throws {
    #expect(try await verify() == nil)
    server.fail()
    clock.advance(by: .seconds(600))
    #expect(try await verify() == .keysUnavailable)
    #expect(try await verify(kid: "unknown") == .keysUnavailable)
    #expect(server.fetches == 2)
  }

  @Test func `a failed refresh inside the lifetime keeps the keys but not for longer`() async throws {
    #expect(try await verify() == nil)
    server.fail()
    clock.advance(by: .seconds(500))
    #expect(try await verify(kid: "unknown") == .keyNotFound)
    #expect(server.fetches == 2)
    #expect(try await verify() == nil)
    clock.advance(by: .seconds(100))
    #expect(try await verify() == .keysUnavailable)
  }

  @Test func `an unknown kid refreshes at most once in 30 seconds`() async throws {
    #expect(try await verify() == nil)
    for _ in 0..<5 { #expect(try await verify(kid: "unknown") == .keyNotFound) }
    #expect(server.fetches == 1)
    clock.advance(by: .seconds(30))
    for _ in 0..<5 { #expect(try await verify(kid: "unknown") == .keyNotFound) }
    #expect(server.fetches == 2)
    clock.advance(by: .seconds(30))
    #expect(try await verify() == nil)
    #expect(server.fetches == 2)
  }

  @Test func `a key that came new is found by its kid and an old one is forgotten`() async throws {
    server.answer(Self.strange)
    #expect(try await verify(kid: "other") == .badSignature)
    server.answer(Self.ours)
    clock.advance(by: .seconds(30))
    #expect(try await verify(kid: "ours") == nil)
    #expect(try await verify(kid: "other") == .keyNotFound)
    #expect(server.fetches == 2)
  }

  @Test func `a bad signature by a known key refreshes nothing`() async throws {
    server.answer(Self.strange)
    #expect(try await verify(kid: "other") == .badSignature)
    clock.advance(by: .seconds(60))
    #expect(try await verify(kid: "other") == .badSignature)
    #expect(try await verify(kid: nil) == .badSignature)
    #expect(server.fetches == 1)
  }

  @Test(arguments: ["", "<html>", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#])
  func `an answer that is no JWKS is a failed fetch`(_ answer: String) async throws {
    server.answer(answer)
    #expect(try await verify() == .keysUnavailable)
  }

  @Test func `a key set is as old as its request`() async throws {
    server.hold()
    let first = Task { try await verify() }
    await untilWaiting(1)
    clock.advance(by: .seconds(599))
    server.release()
    #expect(try await first.value == nil)
    clock.advance(by: .seconds(1))
    #expect(try await verify() == nil)
    #expect(server.fetches == 2)
  }
}
