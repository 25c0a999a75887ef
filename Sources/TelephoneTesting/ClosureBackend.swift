import Synchronization
package import TelephoneKit

/// A backend made of a closure, which counts its calls.
package final class ClosureBackend: BackendStage {
  package static let name = "closure-backend"
  package static let summary = "Answers as the test says."
  private let answer: @Sendable (Request) async throws -> Response
  private let count = Mutex(0)

  package init(_ answer: @escaping @Sendable (Request) async throws -> Response) { self.answer = answer }

  package init(_ options: NoOptions, _ context: StageContext) { self.answer = { _ in Response() } }

  /// How often it was asked.
  package var calls: Int { count.withLock { $0 } }

  package func respond(to exchange: Exchange) async throws -> Response {
    count.withLock { $0 += 1 }
    return try await answer(exchange.request)
  }
}
