import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit

/// Keeps an answer as it is emitted, chunk by chunk, to be printed afterwards.
final class ConsoleSink: Sink {
  struct Answer: Sendable {
    var interim: [HTTPResponse.Status] = []
    var status: HTTPResponse.Status?
    var fields = HTTPFields()
    var chunks: [ByteBuffer] = []
    var trailers: HTTPFields?
    var abortedBy: String?
  }

  private let state = Mutex(Answer())

  var answer: Answer { state.withLock { $0 } }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) { state.withLock { $0.interim.append(status) } }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
    state.withLock {
      $0.status = status
      $0.fields = fields
    }
  }

  func write(_ chunk: ByteBuffer) { state.withLock { $0.chunks.append(chunk) } }

  func end(_ trailers: HTTPFields?) { state.withLock { $0.trailers = trailers } }

  func abort(_ error: any Error) {
    state.withLock { $0.abortedBy = (error as? any ExchangeError)?.sentence ?? "\(error)" }
  }
}
