import HTTPTypes
import HTTPWire
import NIOCore
import NIOPosix
import Synchronization
import TelephoneKit

/// One request on its way through a pool and a connection.
///
/// The task of the caller does it all. Only a request's body that is not in memory is sent by a task of its own, since
/// the answer may come before its end.
final class PooledCall: BackendCall {
  /// What a call that is given up must stop.
  enum Stage: Sendable {
    case idle
    case waiting(ConnectionPool, ConnectionPool.State.ID)
    case connecting(ConnectAttempt)
    case open(ClientExchange)
  }

  private struct State {
    var stage = Stage.idle
    var isGivenUp = false
    var upload: Task<Void, Never>?
    var isBodyPulled = false
  }

  private let request: BackendRequest
  private let transport: PooledTransport
  private let keeper: DeadlineKeeper
  private let events: @Sendable (BackendEvent) -> Void
  private let state = Mutex(State())

  init(
    _ request: consuming BackendRequest, transport: PooledTransport, keeper: DeadlineKeeper,
    events: @escaping @Sendable (BackendEvent) -> Void
  ) {
    self.request = request
    self.transport = transport
    self.keeper = keeper
    self.events = events
  }

  func giveUp() {
    let (stage, upload) = state.withLock { state in
      state.isGivenUp = true
      defer { state.upload = nil }
      return (state.stage, state.upload)
    }
    upload?.cancel()
    switch stage {
    case .idle: break
    case .waiting(let pool, let id): pool.cancel(id)
    case .connecting(let attempt): attempt.giveUp()
    case .open(let exchange): exchange.giveUp()
    }
  }

  /// - Returns: `false` if the call was given up: the stage is for the caller to stop.
  func enter(_ stage: Stage) -> Bool {
    state.withLock { state in
      state.stage = stage
      return !state.isGivenUp
    }
  }

  func send(_ interim: BackendInterim) async throws -> BackendResponse {
    do {
      return try await withTaskCancellationHandler {
        try await sendAsOftenAsMayBe(interim)
      } onCancel: {
        giveUp()
      }
    } catch {
      state.withLock { $0.upload.take() }?.cancel()
      throw Self.translate(error)
    }
  }

  private func sendAsOftenAsMayBe(_ interim: BackendInterim) async throws -> BackendResponse {
    let pool = try transport.pool(of: request.origin)
    let outgoing = outgoing()
    let loop = MultiThreadedEventLoopGroup.currentEventLoop
    var tries = 0
    while true {
      tries += 1
      let (connection, isKept) = try await pool.connection(on: loop, wantsFresh: tries > 1, for: self)
      events(.connected)
      let exchange = connection.start(outgoing)
      guard enter(.open(exchange)) else {
        exchange.giveUp()
        throw CancellationError()
      }
      do {
        return try await answer(to: outgoing, on: exchange, interim)
      } catch let fault as ClientFault where fault.kind == .closed {
        let failed = RetryRule.Try(
          onKeptConnection: isKept, sentOctets: fault.sentOctets, gotOctets: fault.gotOctets,
          bodyIsWhole: state.withLock { !$0.isBodyPulled })
        let hasBody = if case .none = outgoing.content { false } else { true }
        guard RetryRule.mayRetry(request.method, hasBody: hasBody, after: failed, tries: tries) else { throw fault }
      }
    }
  }

  /// The request as a connection takes it. A body in memory is taken out of it, so that it can be sent twice.
  private func outgoing() -> ClientRequest {
    let body = request.body
    var content = ClientRequest.Content.none
    if request.webSocket {
      // It has none.
    } else if let memory = body.takeMemory() {
      let trailers = ForwardedTrailers.fields(memory.trailers)
      if memory.octets.readableBytes > 0 || trailers != nil {
        content = .whole(memory.octets, trailers: trailers)
      }
    } else if body.length != 0 {
      content = .streamed(length: body.length)
    }
    return ClientRequest(
      method: request.method, target: request.target, authority: request.authority, fields: request.fields,
      content: content, webSocketKey: request.webSocket ? WebSocketHandshake.newKey() : nil)
  }

  private func answer(
    to outgoing: ClientRequest, on exchange: ClientExchange, _ interim: BackendInterim
  ) async throws -> BackendResponse {
    if case .streamed = outgoing.content { upload(to: exchange) } else { events(.sent) }
    let patience = outgoing.expectsContinue ? Patience(exchange, keeper) : nil
    defer { patience?.stop() }
    while true {
      switch try await exchange.next() {
      case .interim(let head):
        do {
          try await interim(HTTPResponse.Status(code: head.status), head.fields)
        } catch {
          giveUp()
          throw error
        }
      case .whole(let head, let octets, let trailers):
        return response(head, Body(octets, trailers: trailers?.withoutHopByHop()))
      case .head(let head, let length):
        return response(head, Body(length: length, source: IncomingBody(exchange: exchange, call: self)))
      case .switched(let head, let socket):
        var answer = response(head, Body())
        answer.fields[values: .secWebSocketAccept] = []
        answer.webSocket = BackendWebSocket(socket)
        return answer
      case .body, .end: throw ClientFault(.malformed)
      }
    }
  }

  private func response(_ head: WireResponseHead, _ body: Body) -> BackendResponse {
    BackendResponse(status: HTTPResponse.Status(code: head.status), fields: head.fields, body: body)
  }

  private func upload(to exchange: ClientExchange) {
    let body = request.body
    let task = Task(executorPreference: LoopExecutor.of(exchange.loop)) { [self] in
      // What goes wrong with the connection shows where the answer is read.
      guard await exchange.mayContinue() else { return }
      state.withLock { $0.isBodyPulled = true }
      do {
        while let octets = try await nextPart(of: body, for: exchange) {
          try await exchange.write(octets)
          events(.moved)
        }
        try await exchange.finish(ForwardedTrailers.fields(body.trailers))
        events(.sent)
      } catch {}
    }
    let isLate = state.withLock { state in
      state.upload = task
      return state.isGivenUp
    }
    if isLate { task.cancel() }
  }

  private func nextPart(of body: Body, for exchange: ClientExchange) async throws -> ByteBuffer? {
    do {
      return try await body.next()
    } catch {
      exchange.fail(error)
      throw error
    }
  }

  /// An error as ``BackendTransport`` promises it.
  static func translate(_ error: any Error) -> any Error {
    guard let fault = error as? ClientFault else { return error }
    return BackendFault(fault) ?? CancellationError()
  }

  /// The body of an answer, pulled from its connection.
  private struct IncomingBody: BodySource {
    let exchange: ClientExchange
    let call: PooledCall

    func read() async throws -> BodyPart {
      do {
        switch try await exchange.next() {
        case .body(let octets): return .bytes(octets)
        case .end(let trailers): return .end(trailers: trailers?.withoutHopByHop())
        case .interim, .head, .whole, .switched: throw ClientFault(.malformed)
        }
      } catch {
        call.giveUp()
        throw PooledCall.translate(error)
      }
    }

    func close() async { call.giveUp() }
  }

  /// Sends held content when the backend has not asked for it within a second (RFC 9110, 10.1.1).
  private final class Patience: Deadlined {
    private let exchange: ClientExchange
    private let keeper: DeadlineKeeper
    private let place = Mutex<DeadlineKeeper.Place?>(nil)

    init(_ exchange: ClientExchange, _ keeper: DeadlineKeeper) {
      self.exchange = exchange
      self.keeper = keeper
      let place = keeper.add(self)
      self.place.withLock { $0 = place }
      keeper.set(place, keeper.timeline.now() + .seconds(1))
    }

    func deadlinePassed() { exchange.stopWaiting() }

    func stop() {
      if let place = place.withLock({ $0.take() }) { keeper.remove(place) }
    }
  }
}
