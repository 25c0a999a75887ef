import HTTPTypes
import TelephoneKit

/// Stands in for a backend in a dry-run: answers without opening a socket.
struct StubBackend: BackendStage {
  static let name = "stub"
  static let summary = "Answers in place of a backend."

  private let status: HTTPResponse.Status
  private let text: String

  init(status: HTTPResponse.Status, text: String) {
    self.status = status
    self.text = text
  }

  init(_ options: NoOptions, _ context: StageContext) { self.init(status: .ok, text: "") }

  func respond(to exchange: Exchange) async throws -> Response {
    while try await exchange.request.body.next() != nil {}
    return Response(status: status, text: text)
  }
}
