import HTTPTypes
import Logging
import NIOCore
import Synchronization

/// One accepted connection: reads heads, runs the handler, one request at a time (RFC 9112, section 9.3).
final class ServerConnection: Sendable {
  let channel: any Channel
  let executor: LoopExecutor
  let inbox: Inbox<RequestPart>
  let configuration: HTTPServer.Configuration
  let clock: any Clock<Duration>
  let output: NIOLoopBound<ServerOutput>
  let reader: NIOLoopBound<RequestReader>
  let idleTimer: LazyTimer
  let writeTimer: LazyTimer
  /// The answer that is being made.
  let current = Mutex<ResponseWriter?>(nil)
  private let handler: any HTTPServerHandler
  private let logger: Logger

  /// Call it on the channel's event loop.
  init(
    channel: any Channel, configuration: HTTPServer.Configuration, clock: any Clock<Duration>,
    handler: any HTTPServerHandler, logger: Logger
  ) {
    let inbox = Inbox<RequestPart>(limit: configuration.window)
    let executor = LoopExecutor.of(channel.eventLoop)
    let limits = HeadLimits(maxHeadSize: configuration.maxHeadSize, maxFieldCount: configuration.maxFieldCount)
    self.channel = channel
    self.executor = executor
    self.configuration = configuration
    self.clock = clock
    self.handler = handler
    self.logger = logger
    self.inbox = inbox
    let output = NIOLoopBound(ServerOutput(channel: channel), eventLoop: channel.eventLoop)
    self.output = output
    reader = NIOLoopBound(RequestReader(inbox: inbox, limits: limits), eventLoop: channel.eventLoop)
    idleTimer = LazyTimer(limit: configuration.idleTimeout, clock: clock, executor: executor) {
      inbox.interrupt(with: DeadlineExceeded())
    }
    writeTimer = LazyTimer(
      limit: configuration.writeTimeout, clock: clock, executor: executor, hasMoved: { output.value.hasMoved() },
      onExpiry: {
        logger.info("a client took nothing of its answer in time and is cut off")
        channel.close(promise: nil)
      })
  }

  /// Puts its handler into the pipeline. Call it on the channel's event loop.
  func install() throws {
    reader.value.onInputClosed = { [weak self] in self?.inputClosed() }
    try channel.pipeline.syncOperations.addHandler(reader.value)
  }

  /// Whether it has become a WebSocket, which itself tells of its end.
  var isUpgraded: Bool { current.withLock { $0?.isUpgraded ?? false } }

  /// Serves requests until the connection ends. The caller cancels the task when the channel is closed.
  func run() async {
    await serveAll()
    idleTimer.stop()
    try? await flush()
    writeTimer.stop()
    try? await channel.close()
  }

  private func serveAll() async {
    while let part = (try? await nextPart())?.value {
      switch part {
      case .head(let request):
        guard await serve(request) else { return }
      case .malformed(let status):
        return await refuse(status: status)
      case .body, .end:
        return
      }
    }
  }

  /// Serves one request.
  /// - Returns: whether the connection can serve another one.
  private func serve(_ request: ReceivedRequest) async -> Bool {
    if case .wrong(let status) = request.upgrade {
      await refuse(status: status)
      return false
    }
    let response = ResponseWriter(connection: self, request: request)
    let body = ServerBody(connection: self, response: response)
    current.withLock { $0 = response }
    defer { current.withLock { $0 = nil } }
    do {
      let request = ServerRequest(head: request.head, hasContent: request.hasContent, body: body)
      try await handler.serve(request, response)
      if !response.headWritten { throw ResponseError(.outOfOrder) }
    } catch {
      await answer(error, response)
    }
    if response.isUpgraded {
      await response.closeUpgraded()
      return false
    }
    guard let keeps = response.keepsConnection else {
      response.abort()
      return false
    }
    body.skipWhatIsThere(upTo: configuration.discardLimit)
    if body.ended, keeps {
      if request.upgrade != .none { await onLoop { $0.reader.value.resume() } }
      return true
    }
    if keeps, await discardRest(of: body) { return true }
    await linger()
    return false
  }

  /// Answers for a handler that failed, if an answer is still possible. A cancelled task: the client is gone, or the
  /// server is shutting down; nobody is to be answered.
  private func answer(_ error: any Error, _ response: ResponseWriter) async {
    guard !response.headWritten, channel.isActive, !Task.isCancelled else { return }
    let status = (error as? ServerBodyError).map { $0.kind == .timedOut ? 408 : 400 } ?? 500
    if status == 500 {
      logger.error("a request's handler failed", metadata: ["error": "\(type(of: error))"])
    }
    if error is ServerBodyError { response.closeAfter() }
    try? await response.respond(status: status, fields: Self.plain, body: Self.text(status))
  }

  /// Reads away the rest of a small body, so that the connection can go on.
  private func discardRest(of body: ServerBody) async -> Bool {
    await withDiscardDeadline {
      var left = self.configuration.discardLimit
      while let part = try await body.next() {
        left -= part.readableBytes
        if left < 0 { return false }
      }
      return true
    }
  }

  private func withDiscardDeadline(_ body: @escaping @Sendable () async throws -> Bool) async -> Bool {
    (try? await withDeadline(configuration.lingerTimeout, clock: clock, body)) ?? false
  }

  /// Ends our half and reads what still comes for a while: a plain close would make the system send a reset,
  /// and the client could lose the answer (RFC 9112, section 9.6).
  private func linger() async {
    try? await flush()
    await onLoop { $0.reader.value.dropRest() }
    try? await channel.close(mode: .output)
    _ = await withDiscardDeadline {
      while try await self.inbox.next() != nil {}
      return true
    }
  }

  private func refuse(status: Int) async {
    let response = ResponseWriter(refusalOn: self)
    var fields = Self.plain
    if status == 426 {
      fields[.secWebSocketVersion] = "13"
      fields[.upgrade] = "websocket"
    }
    try? await response.respond(status: status, fields: fields, body: Self.text(status))
    await linger()
  }

  private static let plain: HTTPFields = [.contentType: "text/plain; charset=utf-8"]

  private static func text(_ status: Int) -> ByteBuffer {
    ByteBuffer(string: "\(status) \(ReasonPhrase.of(status))\n")
  }
}
