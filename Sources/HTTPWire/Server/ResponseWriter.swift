package import HTTPTypes
package import NIOCore
import Synchronization

/// What a handler did with its answer that cannot be put on the wire.
package struct ResponseError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// A head after the head, content before it, or anything after the end.
    case outOfOrder
    /// The content does not have the length that `Content-Length` says. The connection is cut.
    case wrongLength
    /// `Content-Length` is not one number.
    case badLength
    /// The client is gone, or the connection was cut.
    case connectionLost
    /// The client did not take the octets in time. The connection is cut.
    case timedOut
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .outOfOrder: "An answer is written as one head, then content, then one end."
    case .wrongLength: "The content of the answer is not as long as its Content-Length says."
    case .badLength: "The Content-Length of the answer is not a number."
    case .connectionLost: "The client is gone."
    case .timedOut: "The client did not take the answer in time, so the connection was closed."
    }
  }

  package var description: String { sentence }
}

/// Writes one answer. Every call waits until its octets are written to the socket, so a slow client slows the
/// handler; a write that takes longer than the server's write deadline cuts the connection.
///
/// Framing is done here: `Transfer-Encoding` and `Connection` of the caller are left out; an answer without
/// `Content-Length` is chunked (or ends with the connection, for HTTP/1.0); HEAD, 204 and 304 have no content,
/// and what is written for them is dropped.
package final class ResponseWriter: Sendable {
  private enum Phase {
    case waiting
    case body(ResponseFraming)
    case ended(closes: Bool)
    case cut
  }

  private struct State {
    var phase = Phase.waiting
    var continueAwaited: Bool
    var closes: Bool
  }

  private let connection: ServerConnection
  private let request: RequestHead.Framing
  private let state: Mutex<State>

  init(connection: ServerConnection, request: RequestHead.Framing, closes: Bool) {
    self.connection = connection
    self.request = request
    self.state = Mutex(State(continueAwaited: request.expectsContinue, closes: closes))
  }

  /// Whether the head was written, so that the status can no longer be another one.
  package var headWritten: Bool {
    state.withLock { if case .waiting = $0.phase { false } else { true } }
  }

  /// Whether the answer is complete.
  package var ended: Bool {
    state.withLock { if case .ended = $0.phase { true } else { false } }
  }

  /// Writes an interim answer, 100 or 102 to 199. Nothing is written for a client of HTTP/1.0.
  package func interim(status: Int, fields: HTTPFields = [:]) async throws {
    guard (100...199).contains(status), status != 101 else { throw ResponseError(.outOfOrder) }
    let write = try state.withLock { state in
      guard case .waiting = state.phase else { throw ResponseError(.outOfOrder) }
      if status == 100 { state.continueAwaited = false }
      return request.isHTTP11
    }
    if write { try await connection.write(ResponseFraming.interim(status: status, fields: fields)) }
  }

  /// Writes the head.
  /// - Parameter status: 200 to 599.
  package func head(status: Int, fields: HTTPFields) async throws {
    try await connection.write(start(status: status, fields: fields))
  }

  /// Writes a part of the content.
  package func write(_ part: ByteBuffer) async throws {
    let octets = try advance { framing in framing.write(part) }
    if octets.readableBytes > 0 { try await connection.write(octets) }
  }

  /// Ends the answer. Trailers reach the client only when the answer is chunked.
  package func end(trailers: HTTPFields? = nil) async throws {
    let octets = try finish(trailers: trailers)
    if octets.readableBytes > 0 { try await connection.write(octets) }
  }

  /// Writes a whole answer at once, with its `Content-Length`.
  package func respond(status: Int, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) async throws {
    var fields = fields
    if status != 204, status != 304 { fields[.contentLength] = String(body.readableBytes) }
    var octets = try start(status: status, fields: fields)
    var content = try advance { framing in framing.write(body) }
    octets.writeBuffer(&content)
    var end = try finish(trailers: nil)
    octets.writeBuffer(&end)
    try await connection.write(octets)
  }

  /// Cuts the connection, so that the client sees a broken answer.
  package func abort() {
    let untilClose = state.withLock { state in
      defer { state.phase = .cut }
      if case .body(let framing) = state.phase { return framing.body == .untilClose }
      return false
    }
    connection.cut(withReset: untilClose)
  }

  /// Sends `100 Continue` if the client waits for it.
  func continueIfAwaited() async throws {
    let awaited = state.withLock { state in
      guard case .waiting = state.phase, state.continueAwaited else { return false }
      state.continueAwaited = false
      return true
    }
    if awaited { try await connection.write(ResponseFraming.interim(status: 100, fields: [:])) }
  }

  /// Nothing more can be read from the connection, so it ends after this answer.
  func closeAfter() {
    state.withLock { $0.closes = true }
  }

  /// Whether the connection may serve another request; nil when the answer is not complete.
  var keepsConnection: Bool? {
    state.withLock { if case .ended(let closes) = $0.phase { !closes } else { nil } }
  }

  private func start(status: Int, fields: HTTPFields) throws -> ByteBuffer {
    try state.withLock { state in
      guard case .waiting = state.phase, (200...599).contains(status) else { throw Self.order(state.phase) }
      guard var framing = ResponseFraming(status: status, fields: fields, request: request) else {
        throw ResponseError(.badLength)
      }
      // A client that still waits for 100 may or may not send its content: nobody can tell what comes next.
      if state.closes || state.continueAwaited { framing.closeAfter() }
      state.phase = .body(framing)
      return framing.head(status: status, fields: fields)
    }
  }

  private func advance(_ body: (inout ResponseFraming) -> ByteBuffer?) throws -> ByteBuffer {
    let octets = try state.withLock { state -> ByteBuffer? in
      guard case .body(var framing) = state.phase else { throw Self.order(state.phase) }
      let octets = body(&framing)
      state.phase = .body(framing)
      return octets
    }
    guard let octets else {
      abort()
      throw ResponseError(.wrongLength)
    }
    return octets
  }

  private func finish(trailers: HTTPFields?) throws -> ByteBuffer {
    let octets = try advance { framing in framing.end(trailers: trailers) }
    state.withLock { state in
      if case .body(let framing) = state.phase { state.phase = .ended(closes: framing.closes) }
    }
    return octets
  }

  private static func order(_ phase: Phase) -> ResponseError {
    if case .cut = phase { return ResponseError(.connectionLost) }
    return ResponseError(.outOfOrder)
  }
}
