package import HTTPTypes
package import NIOCore
import TelephoneKit

/// What a stub answers, and how: at once or late, whole or in pieces, to its end or not.
package struct StubAnswer: Sendable, Hashable {
  /// A 1xx head that comes before the answer.
  package struct Interim: Sendable, Hashable {
    package var status: HTTPResponse.Status
    package var fields: HTTPFields

    package init(_ status: HTTPResponse.Status, fields: HTTPFields = [:]) {
      self.status = status
      self.fields = fields
    }
  }

  /// A backend that breaks.
  package struct Break: Sendable, Hashable {
    package enum Point: Sendable, Hashable {
      /// Before the head.
      case head
      /// After so many octets of the body.
      case octet(Int)
    }

    package var point: Point
    package var status: HTTPResponse.Status
    package var code: String

    /// The defaults are what `forward` says of a backend that closes its connection at that point.
    package init(at point: Point, status: HTTPResponse.Status = .badGateway, code: String? = nil) {
      self.point = point
      self.status = status
      self.code = code ?? (point == .head ? "backend-closed" : "backend-cut-off")
    }

    var failure: Failure { Failure(status: status, code: code, "The stub fails here, as it was told to.") }
  }

  package var interims: [Interim] = []
  /// How long the head is waited for.
  package var delay = Duration.zero
  package var status = HTTPResponse.Status.ok
  package var fields: HTTPFields = [:]
  /// The body, in the pieces in which it comes.
  package var pieces: [ByteBuffer] = []
  /// How long each piece but the first is waited for.
  package var pause = Duration.zero
  package var trailers: HTTPFields?
  package var breaks: Break?

  package init() {}

  /// An answer of UTF-8 text.
  package init(status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], text: String) {
    self.init()
    self.status = status
    self.fields = fields
    if fields[.contentType] == nil { self.fields[.contentType] = "text/plain; charset=utf-8" }
    pieces = text.isEmpty ? [] : [ByteBuffer(string: text)]
  }

  /// Lets a body that comes as one come in pieces of at most so many octets.
  package mutating func cut(to size: Int) {
    guard size > 0, var body = pieces.first else { return }
    pieces = []
    while let piece = body.readSlice(length: min(size, body.readableBytes)), piece.readableBytes > 0 {
      pieces.append(piece)
    }
  }

  /// The octets of the whole body.
  package var octets: Int { pieces.reduce(0) { $0 + $1.readableBytes } }

  /// Whether the body comes as one, so that its length is known.
  private var isWhole: Bool { pieces.count <= 1 && trailers == nil && breaks == nil }

  /// The head, and a body that has not been read yet.
  func response(_ clock: any Clock<Duration>) -> Response {
    guard !isWhole else {
      let body = pieces.first ?? ByteBuffer()
      var response = Response(status: status, fields: fields, body: Body(body))
      if !fields.contains(.contentLength), status != .noContent, status != .notModified {
        response.fields[.contentLength] = String(body.readableBytes)
      }
      return response
    }
    return Response(status: status, fields: fields, body: Body(source: StubBody(self, clock: clock)))
  }
}
