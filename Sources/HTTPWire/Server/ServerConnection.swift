import HTTPTypes
import Logging
import NIOCore
import Synchronization

/// One accepted connection: reads heads, runs the handler, one request at a time (RFC 9112, section 9.3).
final class ServerConnection: Sendable {
  let channel: any Channel
  let inbox: Inbox<RequestPart>
  let lastHead = LastHead()
  private let webSocket = Atomic(false)
  private let configuration: HTTPServer.Configuration
  private let clock: any Clock<Duration>
  private let handler: any HTTPServerHandler
  private let logger: Logger

  init(
    channel: any Channel, configuration: HTTPServer.Configuration, clock: any Clock<Duration>,
    handler: any HTTPServerHandler, logger: Logger
  ) {
    self.channel = channel
    self.configuration = configuration
    self.clock = clock
    self.handler = handler
    self.logger = logger
    self.inbox = Inbox(limit: configuration.window)
  }

  /// Whether it has become a WebSocket. Its handler then sees the end as the last of its messages.
  var isWebSocket: Bool { webSocket.load(ordering: .acquiring) }

  /// Serves requests until the connection ends. The caller cancels the task when the channel is closed.
  func run() async {
    while let part = (try? await nextPart())?.value {
      switch part {
      case .head(let head):
        guard await serve(head) else { return await close() }
      case .malformed(let status):
        await refuse(status: status)
        return await close()
      case .body, .end:
        return await close()
      }
    }
    await close()
  }

  /// Serves one request.
  /// - Returns: whether the connection can serve another one.
  private func serve(_ head: RequestHead) async -> Bool {
    if head.upgrade == .webSocket, await handler.acceptsWebSocket(head.head) {
      await serveWebSocket(head)
      return false
    }
    let response = ResponseWriter(connection: self, request: head.framing, closes: head.upgrade != .none)
    let body = ServerBody(connection: self, response: response)
    do {
      try await handler.serve(ServerRequest(head: head.head, body: body), response)
      if !response.headWritten { throw ResponseError(.outOfOrder) }
    } catch {
      // A cancelled task: the client is gone, or the server is shutting down. Nobody is to be answered.
      if !response.headWritten, channel.isActive, !Task.isCancelled {
        let status = (error as? ServerBodyError).map { $0.kind == .timedOut ? 408 : 400 } ?? 500
        if status == 500 {
          logger.error("a request's handler failed", metadata: ["error": "\(type(of: error))"])
        }
        if error is ServerBodyError { response.closeAfter() }
        let plain = Self.plain(status)
        try? await response.respond(status: status, fields: plain.fields, body: plain.body)
      }
    }
    guard let keeps = response.keepsConnection else {
      response.abort()
      return false
    }
    body.skipWhatIsThere(upTo: configuration.discardLimit)
    if body.ended { return keeps }
    if await discardRest(of: body) { return keeps }
    await linger()
    return false
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
    try? await channel.close(mode: .output)
    _ = await withDiscardDeadline {
      while try await self.inbox.next() != nil {}
      return true
    }
  }

  private func refuse(status: Int) async {
    let request = RequestHead.Framing(isHTTP11: true, keepAlive: false, expectsContinue: false, isHead: false)
    let response = ResponseWriter(connection: self, request: request, closes: true)
    let plain = Self.plain(status)
    try? await response.respond(status: status, fields: plain.fields, body: plain.body)
    await linger()
  }

  private func serveWebSocket(_ head: RequestHead) async {
    let settings = WebSocketHandler.Settings(
      isServer: true, maxMessage: configuration.maxWebSocketMessage, writeTimeout: configuration.writeTimeout,
      closeTimeout: configuration.closeTimeout)
    // The request has no content; its end is the next part.
    guard let part = (try? await nextPart())?.value, case .end = part, let raw = lastHead.take() else {
      return await refuse(status: 400)
    }
    webSocket.store(true, ordering: .releasing)
    switch await WebSocketUpgrade.perform(raw, on: self, settings: settings, clock: clock) {
    case .success(let socket):
      await handler.serve(socket, head.head)
      await socket.close(code: 1000, reason: "")
    case .failure:
      let version = HTTPField.Name("Sec-WebSocket-Version")
      let response = ResponseWriter(connection: self, request: head.framing, closes: true)
      let isOther = version.map { head.head.fields[values: $0] != ["13"] } ?? false
      var plain = Self.plain(isOther ? 426 : 400)
      if isOther, let version {
        plain.fields[version] = "13"
        plain.fields[.upgrade] = "websocket"
      }
      try? await response.respond(status: isOther ? 426 : 400, fields: plain.fields, body: plain.body)
    }
  }

  private static func plain(_ status: Int) -> (fields: HTTPFields, body: ByteBuffer) {
    let reason = ResponseFraming.reason(status)
    return ([.contentType: "text/plain; charset=utf-8"], ByteBuffer(string: "\(status) \(reason)\n"))
  }

  // MARK: Input and output

  /// A part, or the end of the connection.
  struct Next: Sendable {
    var value: RequestPart?
  }

  /// The next part; nil when nothing came for the idle time.
  func nextPart() async throws -> Next? {
    if let part = inbox.takeIfPresent() { return Next(value: part) }
    do {
      return try await withDeadline(configuration.idleTimeout, clock: clock) {
        Next(value: try await self.inbox.next())
      }
    } catch is DeadlineExceeded {
      return nil
    }
  }

  /// Writes octets and waits until the socket has taken them.
  func write(_ octets: ByteBuffer) async throws {
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Void, ResponseError>, Never>) in
      let (channel, clock, limit) = (channel, clock, configuration.writeTimeout)
      channel.eventLoop.execute {
        let write = channel.writeAndFlush(octets)
        let watch = WriteWatch()
        watch.watch(write, limit: limit, clock: clock) { channel.close(promise: nil) }
        write.whenComplete { result in
          switch result {
          case .success: continuation.resume(returning: .success(()))
          case .failure:
            continuation.resume(returning: .failure(ResponseError(watch.expired ? .timedOut : .connectionLost)))
          }
        }
      }
    }
    try result.get()
  }

  /// Ends the connection at once, with a reset if its plain end could be taken for the end of an answer.
  func cut(withReset: Bool) {
    guard withReset else { return channel.close(promise: nil) }
    let channel = channel
    guard let options = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
    options.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger()).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  private func close() async {
    try? await channel.close()
  }
}

/// The system's `struct linger`: on, with no time, so that closing sends a reset.
private struct Linger: Sendable {
  var isOn: Int32 = 1
  var seconds: Int32 = 0
}
