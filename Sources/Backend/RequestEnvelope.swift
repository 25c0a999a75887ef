import NIOCore
import NIOHTTP1
import Synchronization
import TelephoneKit

/// One request on its way through a connection of async-http-client.
final class Flight: Sendable {
  private struct State {
    var channel: (any Channel)?
    var isAborted = false
    var isOver = false
    var isWhole = false
    var trailers: HTTPHeaders?
    var requestError: (any Error)?
  }

  let target: String
  let requestBody: Body
  let events: @Sendable (BackendEvent) -> Void
  private let state = Mutex(State())

  init(target: String, requestBody: Body, events: @escaping @Sendable (BackendEvent) -> Void) {
    self.target = target
    self.requestBody = requestBody
    self.events = events
  }

  func begin(on channel: any Channel) {
    let isLate = state.withLock { state in
      state.channel = channel
      return state.isAborted
    }
    if isLate { channel.close(promise: nil) }
    events(.connected)
  }

  /// The end of the answer was seen. The connection belongs to the pool again. After an ``abort()`` it is no end: an
  /// answer without a length seems to end where we closed the connection.
  func finish(_ trailers: HTTPHeaders?) {
    state.withLock { state in
      state.channel = nil
      state.isOver = true
      state.isWhole = !state.isAborted
      state.trailers = trailers
    }
  }

  /// Closes the connection, if the request still has one.
  func abort() {
    let channel = state.withLock { state in
      state.isAborted = true
      return state.channel
    }
    channel?.close(promise: nil)
  }

  /// Whether the end of the answer was seen, be it whole or not.
  var isOver: Bool { state.withLock { $0.isOver } }
  /// Whether the answer came to its end.
  var isWhole: Bool { state.withLock { $0.isWhole } }
  /// The trailers of the answer.
  var trailers: HTTPHeaders? { state.withLock { $0.trailers } }

  /// What the request's body threw.
  var requestError: (any Error)? {
    get { state.withLock { $0.requestError } }
    set { state.withLock { $0.requestError = newValue } }
  }
}

/// The requests of one transport that wait for a connection, by number.
final class Flights: Sendable {
  /// Carries the number of a request to ``RequestEnvelope``, which takes it off. It never leaves the process.
  static let mark = "telephone-flight-\(UInt64.random(in: 1 ... .max))"

  private struct State {
    var last: UInt64 = 0
    var waiting: [UInt64: Flight] = [:]
  }

  private let state = Mutex(State())

  func add(_ flight: Flight) -> UInt64 {
    state.withLock { state in
      state.last += 1
      state.waiting[state.last] = flight
      return state.last
    }
  }

  func take(_ id: UInt64) -> Flight? { state.withLock { $0.waiting.removeValue(forKey: id) } }
}

/// Stands between async-http-client and the codec of each connection.
///
/// It writes the target as it is, where the client would send it through a URL parser that escapes what it does not
/// know. It tells when a request has a connection and when all of it was written. It keeps the trailers, which the
/// client drops.
final class RequestEnvelope: ChannelDuplexHandler {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  private let flights: Flights
  /// Forgotten when both the request and its answer are over, so that an idle connection holds no body.
  private var current: Flight?
  private var isSent = false
  private var isInterim = false

  init(flights: Flights) { self.flights = flights }

  /// Puts one into the pipeline of a new connection, next to its codec.
  static func install(on channel: any Channel, _ flights: Flights) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let codec = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
      try pipeline.addHandler(RequestEnvelope(flights: flights), position: .after(codec))
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head):
      current = head.headers[Flights.mark].first.flatMap { UInt64($0) }.flatMap(flights.take)
      head.headers.remove(name: Flights.mark)
      isSent = false
      if let current {
        head.uri = current.target
        current.begin(on: context.channel)
      }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let bytes):
      current?.events(.moved)
      context.write(wrapOutboundOut(.body(bytes)), promise: promise)
    case .end:
      let trailers = current?.requestBody.trailers?.withoutHopByHop()
      current?.events(.sent)
      isSent = true
      if current?.isOver == true { current = nil }
      context.write(wrapOutboundOut(.end(trailers.map(HTTPHeaders.init))), promise: promise)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): isInterim = (100..<200).contains(head.status.code) && head.status.code != 101
    case .body: break
    case .end(let trailers):
      if !isInterim {
        current?.finish(trailers)
        if isSent { current = nil }
      }
    }
    context.fireChannelRead(data)
  }
}
