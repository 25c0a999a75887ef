package import HTTPTypes
package import NIOCore
import Synchronization

/// Why the body of a request could not be read to its end.
package struct ServerBodyError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The framing of the body is broken (a bad chunk size, for example).
    case malformed
    /// The client sent nothing for the idle time.
    case timedOut
    /// The client is gone.
    case connectionLost
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .malformed: "The request's body is not framed as HTTP/1.1 wants it."
    case .timedOut: "The client stopped sending the request's body."
    case .connectionLost: "The client went away before the request's body ended."
    }
  }

  package var description: String { sentence }
}

/// The body of a request, read as it is pulled: beyond a window of 64 KiB nothing is read from the socket.
package final class ServerBody: Sendable {
  private struct State {
    var ended = false
    var trailers: HTTPFields?
    var failure: ServerBodyError?
  }

  private let connection: ServerConnection
  private let response: ResponseWriter
  private let state = Mutex(State())

  init(connection: ServerConnection, response: ResponseWriter) {
    self.connection = connection
    self.response = response
  }

  /// Whether the end was read.
  package var ended: Bool { state.withLock { $0.ended } }

  /// The trailer section; known when ``next()`` has returned nil, and nil when there was none.
  package var trailers: HTTPFields? { state.withLock { $0.trailers } }

  /// The next octets, never an empty buffer; nil after the last. One consumer at a time.
  ///
  /// The first pull sends `100 Continue` if the client waits for it (RFC 9110, section 10.1.1).
  /// - Throws: ``ServerBodyError``; `CancellationError` when the task is cancelled while it waits.
  package func next() async throws -> ByteBuffer? {
    let (ended, failure) = state.withLock { ($0.ended, $0.failure) }
    if let failure { throw failure }
    if ended { return nil }
    while true {
      if let part = connection.inbox.takeIfPresent() {
        if let octets = try take(part) { return octets }
        if self.ended { return nil }
        continue
      }
      try await response.continueIfAwaited()
      guard let part = try await connection.nextPart() else { throw fail(.timedOut) }
      guard let part = part.value else { throw fail(.connectionLost) }
      if let octets = try take(part) { return octets }
      if self.ended { return nil }
    }
  }

  /// Reads away what is in the window already, without waiting, unless it is over `limit` octets.
  func skipWhatIsThere(upTo limit: Int) {
    var left = limit
    while !ended, left >= 0, let part = connection.inbox.takeIfPresent() {
      guard let octets = try? take(part) else {
        if ended { return }
        continue
      }
      left -= octets.readableBytes
    }
  }

  /// The whole body.
  /// - Returns: nil when it is larger than `limit` octets; the rest is not read then.
  package func collect(upTo limit: Int) async throws -> ByteBuffer? {
    var whole = ByteBuffer()
    while let part = try await next() {
      guard whole.readableBytes + part.readableBytes <= limit else { return nil }
      if whole.readableBytes == 0 {
        whole = part
      } else {
        whole.writeImmutableBuffer(part)
      }
    }
    return whole
  }

  private func take(_ part: RequestPart) throws -> ByteBuffer? {
    switch part {
    case .body(let octets):
      response.contentCame()
      return octets.readableBytes > 0 ? octets : nil
    case .end(let trailers):
      response.contentCame()
      state.withLock { state in
        state.ended = true
        state.trailers = trailers
      }
      return nil
    case .malformed, .head:
      throw fail(.malformed)
    }
  }

  private func fail(_ kind: ServerBodyError.Kind) -> ServerBodyError {
    let error = ServerBodyError(kind)
    state.withLock { $0.failure = error }
    return error
  }
}
