import Foundation
import HTTPTypes
import HTTPWire
import NIOCore

/// The service behind the telephone: answers errands, and says each beginning and end on standard output at once, so that
/// they are known even if it is killed.
///
/// | line | what it says |
/// |---|---|
/// | `+ ID` | a request came |
/// | `- ID whole` | its answer was written whole |
/// | `- ID cut` | it could not be |
/// | `! ID WORDS` | something came that must not |
struct BackendHandler: HTTPServerHandler {
  func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
    guard let errand = Errand(target: request.head.target), errand.kind.method == request.head.method else {
      Self.say("! 0 a request that nobody sent")
      return try await response.respond(status: 404)
    }
    Self.say("+ \(errand.id)")
    do {
      try await answer(errand, request, response)
      Self.say("- \(errand.id) whole")
    } catch {
      Self.say("- \(errand.id) cut")
      throw error
    }
  }

  private func answer(_ errand: Errand, _ request: ServerRequest, _ response: ResponseWriter) async throws {
    switch errand.kind {
    case .small:
      try await errand.rest()
      let body = SeededContent.whole(id: errand.id, size: errand.size)
      try await response.respond(status: 200, fields: Self.octets, body: body)
    case .delete:
      try await errand.rest()
      try await response.respond(status: 200, body: ByteBuffer(string: errand.receipt))
    case .post, .upload:
      try await receive(errand, request)
      if errand.kind == .post { try await errand.rest() }
      try await response.respond(status: 200, body: ByteBuffer(string: errand.receipt))
    case .large, .stream, .leaving:
      var fields = Self.octets
      // Both framings: a length, or chunks.
      if errand.id.isMultiple(of: 2) { fields[.contentLength] = String(errand.size) }
      try await response.head(status: 200, fields: fields)
      var content = SeededContent(id: errand.id, size: errand.size)
      let step = errand.kind == .large ? 65536 : 4096
      while let piece = content.next(atMost: step) {
        try await response.write(piece)
        if errand.pause > 0 { try await errand.rest() }
      }
      try await response.end()
    }
  }

  private func receive(_ errand: Errand, _ request: ServerRequest) async throws {
    var content = SeededContent(id: errand.id, size: errand.size)
    while let octets = try await request.body.next() {
      guard content.accept(octets) else { return Self.say("! \(errand.id) wrong octets came") }
    }
    if content.position < errand.size { Self.say("! \(errand.id) the body ended early, as if it were whole") }
  }

  private static let octets: HTTPFields = [.contentType: "application/octet-stream"]

  private static func say(_ line: String) { ChildVoice.say(line) }
}
