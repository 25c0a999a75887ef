import HTTPTypes
import HTTPWire
import NIOCore
import Synchronization
import TelephoneKit
import Tunnel

/// Pulls the content of a client's request, as fast as the telephone gives credit, and sends it on a stream.
final class Upload: Sendable {
  private struct State {
    var hasPulled = false
    var failure: (any Error)?
  }

  private let body: ServerBody
  private let stream: GatewayStream
  private let deadline: AnswerDeadline
  /// False: nothing is to be pulled any more.
  private let start = OneShot<Bool>()
  private let state = Mutex(State())

  init(body: ServerBody, stream: GatewayStream, deadline: AnswerDeadline) {
    self.body = body
    self.stream = stream
    self.deadline = deadline
  }

  /// Why the client's content could not be read to its end; `nil` if it was the stream that ended, or nothing.
  var failure: (any Error)? { state.withLock { $0.failure } }

  /// Whether content was taken from the client, which can then not be sent again.
  var hasPulled: Bool { state.withLock { $0.hasPulled } }

  /// From now on content is pulled.
  func begin() { start.set(true) }

  /// Nothing is pulled, unless it has begun.
  /// - Returns: whether it had not.
  @discardableResult
  func skip() -> Bool {
    start.set(false)
    return start.current == false
  }

  /// Waits for ``begin()``, then runs to the end of the content, or until the stream takes no more.
  func run() async {
    guard await start.value else { return }
    state.withLock { $0.hasPulled = true }
    do {
      while let part = try await body.next() { try await stream.send(part) }
      try await stream.end(body.trailers?.withoutHopByHop())
      deadline.arm()
    } catch let error as ServerBodyError {
      state.withLock { $0.failure = error }
      stream.reset(error.kind == .malformed ? .malformed : .cancelled)
    } catch let fault as StreamFault where fault.code == .notWanted {
      // The telephone wants no more of it; its answer came before that, and is read.
      deadline.arm()
    } catch {
      // The stream has ended, which the reader of the answer is told too; or the call was cancelled.
      stream.reset(.cancelled)
    }
  }
}
