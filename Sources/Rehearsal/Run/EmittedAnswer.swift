package import HTTPTypes
package import NIOCore
import Synchronization
import TelephoneKit

/// An answer as it was emitted.
package struct EmittedAnswer: Sendable, Hashable {
  /// The 1xx heads.
  package var interims: [StubAnswer.Interim] = []
  /// `nil` if no head left.
  package var status: HTTPResponse.Status?
  package var fields: HTTPFields = [:]
  package var chunks: [ByteBuffer] = []
  package var trailers: HTTPFields?
  /// Whether it was ended.
  package var isWhole = false
  /// Why it was cut off, as a sentence; `nil` if it was not.
  package var abortedBy: String?

  package init() {}

  /// The chunks as one.
  package var body: ByteBuffer {
    guard var body = chunks.first else { return ByteBuffer() }
    for var chunk in chunks.dropFirst() { body.writeBuffer(&chunk) }
    return body
  }
}

/// Keeps what an emit stage writes.
final class AnswerSink: Sink {
  private let state = Mutex(EmittedAnswer())

  var answer: EmittedAnswer { state.withLock { $0 } }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
    state.withLock { $0.interims.append(.init(status, fields: fields)) }
  }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
    state.withLock {
      $0.status = status
      $0.fields = fields
    }
  }

  func write(_ chunk: ByteBuffer) { state.withLock { $0.chunks.append(chunk) } }

  func end(_ trailers: HTTPFields?) {
    state.withLock {
      $0.trailers = trailers
      $0.isWhole = true
    }
  }

  func abort(_ error: any Error) {
    state.withLock { $0.abortedBy = (error as? any ExchangeError)?.sentence ?? "\(error)" }
  }
}
