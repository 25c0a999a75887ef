import Foundation
import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(1))) struct TLSContextsTests {
  @Test func `a CA file is read once, and one that cannot be read is asked for again`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let contexts = TLSContexts()
    let first = try await contexts.context(caFile: certificates.path("ca.pem"))
    let other = try await contexts.context(caFile: certificates.path("other.pem"))
    #expect(first !== other)
    try FileManager.default.removeItem(atPath: certificates.path("ca.pem"))
    #expect(try await contexts.context(caFile: certificates.path("ca.pem")) === first)
    let late = certificates.path("late.pem")
    await #expect(throws: (any Error).self) { try await contexts.context(caFile: late) }
    try FileManager.default.copyItem(atPath: certificates.path("other.pem"), toPath: late)
    await #expect(throws: Never.self) { try await contexts.context(caFile: late) }
  }
}
