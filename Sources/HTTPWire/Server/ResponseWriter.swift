package import HTTPTypes
package import NIOCore
import Synchronization

/// Writes one answer. A call waits while the socket takes no more, so a slow client slows the handler; a wait that is
/// longer than the server's write deadline cuts the connection. Small pieces that are written without a wait between
/// them leave together; nothing stays back longer than a turn of the event loop.
///
/// Framing is done here: `Transfer-Encoding` and `Connection` of the caller are left out; an answer without
/// `Content-Length` is chunked (or ends with the connection, for HTTP/1.0); HEAD, 204 and 304 have no content,
/// and what is written for them is dropped.
package final class ResponseWriter: Sendable {
  enum Phase {
    case waiting
    case body(ResponseFraming)
    case ended(closes: Bool)
    case upgraded(UpgradedSocket)
    case cut
  }

  struct State {
    var phase = Phase.waiting
    var continueAwaited: Bool
    var closes: Bool
  }

  /// So much of one part is written under one deadline.
  private static let slice = 256 << 10

  let connection: ServerConnection
  let state: Mutex<State>
  let upgrade: ReceivedRequest.Upgrade
  private let request: ReceivedRequest.Framing

  init(connection: ServerConnection, request: ReceivedRequest) {
    self.connection = connection
    self.request = request.framing
    self.upgrade = request.upgrade
    self.state = Mutex(
      State(continueAwaited: request.framing.expectsContinue, closes: request.upgrade == .tunnel))
  }

  /// For an answer to what could not be read as a request.
  init(refusalOn connection: ServerConnection) {
    self.connection = connection
    self.request = ReceivedRequest.Framing(isHTTP11: true, keepAlive: false, expectsContinue: false, isHead: false)
    self.upgrade = .none
    self.state = Mutex(State(continueAwaited: false, closes: true))
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
      guard case .waiting = state.phase else { throw Self.order(state.phase) }
      if status == 100 { state.continueAwaited = false }
      return request.isHTTP11
    }
    if write { try await writeInterim(status: status, fields: fields) }
  }

  /// Writes the head, with the first part of the content if there is one.
  /// - Parameter status: 200 to 999.
  package func head(status: Int, fields: HTTPFields, part: ByteBuffer? = nil) async throws {
    var piece = try start(status: status, fields: fields)
    if let part, part.readableBytes <= Self.slice {
      try add(part, to: &piece)
      return try await connection.write(piece)
    }
    try await connection.write(piece)
    if let part { try await write(part) }
  }

  /// Writes a part of the content.
  package func write(_ part: ByteBuffer) async throws {
    var part = part
    while part.readableBytes > Self.slice, let slice = part.readSlice(length: Self.slice) {
      try await writeSlice(slice)
    }
    try await writeSlice(part)
  }

  /// Ends the answer, after a last part of the content if there is one. Trailers reach the client only when the answer
  /// is chunked.
  package func end(part: ByteBuffer? = nil, trailers: HTTPFields? = nil) async throws {
    var piece = ResponsePiece()
    if var part {
      while part.readableBytes > Self.slice, let slice = part.readSlice(length: Self.slice) {
        try await writeSlice(slice)
      }
      try add(part, to: &piece)
    }
    try finish(trailers: trailers, to: &piece)
    if piece.readableBytes > 0 { try await connection.write(piece) }
  }

  /// Writes a whole answer at once, with its `Content-Length`.
  package func respond(status: Int, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) async throws {
    var fields = fields
    if status != 204, status != 304 { fields[.contentLength] = String(body.readableBytes) }
    if body.readableBytes > Self.slice {
      try await head(status: status, fields: fields)
      return try await end(part: body)
    }
    var piece = try start(status: status, fields: fields)
    try add(body, to: &piece)
    try finish(trailers: nil, to: &piece)
    try await connection.write(piece)
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

  // MARK: For the connection

  /// Sends `100 Continue` if the client waits for it.
  func continueIfAwaited() async throws {
    let awaited = state.withLock { state in
      guard case .waiting = state.phase, state.continueAwaited else { return false }
      state.continueAwaited = false
      return true
    }
    if awaited { try await writeInterim(status: 100, fields: [:]) }
  }

  /// Content came, or its end: the client does not wait for `100 Continue`, or not any more.
  func contentCame() {
    guard request.expectsContinue else { return }
    state.withLock { $0.continueAwaited = false }
  }

  /// Sends `100 Continue` to see whether the client is still there, if the head was not written.
  func probe() async throws {
    if activityIsAwaited { try await interim(status: 100) }
  }

  /// What is going on, for a client that has ended its half.
  func activity(on output: ServerOutput) -> HalfClose.Activity {
    state.withLock { state in
      switch state.phase {
      case .waiting: .awaited(canProbe: request.isHTTP11)
      case .body: .answering(written: output.written, isBlocked: output.blocked > 0)
      case .ended, .cut: .between
      case .upgraded: .upgraded
      }
    }
  }

  private var activityIsAwaited: Bool {
    state.withLock { if case .waiting = $0.phase { true } else { false } }
  }

  /// Nothing more can be read from the connection, so it ends after this answer.
  func closeAfter() {
    state.withLock { $0.closes = true }
  }

  /// Whether the connection may serve another request; nil when the answer is not complete.
  var keepsConnection: Bool? {
    state.withLock { if case .ended(let closes) = $0.phase { !closes } else { nil } }
  }

  // MARK: Pieces

  func writeInterim(status: Int, fields: HTTPFields) async throws {
    var piece = ResponsePiece()
    piece.before = ResponseFraming.interim(status: status, fields: fields)
    try await connection.write(piece)
  }

  private func writeSlice(_ part: ByteBuffer) async throws {
    var piece = ResponsePiece()
    try add(part, to: &piece)
    if piece.readableBytes > 0 { try await connection.write(piece) }
  }

  private func start(status: Int, fields: HTTPFields) throws -> ResponsePiece {
    var piece = ResponsePiece()
    piece.before = try state.withLock { state in
      guard case .waiting = state.phase, (200...999).contains(status) else { throw Self.order(state.phase) }
      guard var framing = ResponseFraming(status: status, fields: fields, request: request) else {
        throw ResponseError(.badLength)
      }
      // A client that still waits for 100 may or may not send its content: nobody can tell what comes next.
      if state.closes || state.continueAwaited { framing.closeAfter() }
      state.phase = .body(framing)
      return framing.head(status: status, fields: fields)
    }
    return piece
  }

  private func add(_ part: ByteBuffer, to piece: inout ResponsePiece) throws {
    try advance { framing in framing.add(part, to: &piece) }
  }

  private func finish(trailers: HTTPFields?, to piece: inout ResponsePiece) throws {
    try advance { framing in framing.end(trailers: trailers, to: &piece) }
    state.withLock { state in
      if case .body(let framing) = state.phase { state.phase = .ended(closes: framing.closes) }
    }
  }

  private func advance(_ body: (inout ResponseFraming) -> Bool) throws {
    let fits = try state.withLock { state in
      guard case .body(var framing) = state.phase else { throw Self.order(state.phase) }
      let fits = body(&framing)
      state.phase = .body(framing)
      return fits
    }
    guard fits else {
      abort()
      throw ResponseError(.wrongLength)
    }
  }

  static func order(_ phase: Phase) -> ResponseError {
    if case .cut = phase { return ResponseError(.connectionLost) }
    return ResponseError(.outOfOrder)
  }
}
