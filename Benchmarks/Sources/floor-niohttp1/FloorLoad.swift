import BenchKit
import NIOCore
import NIOHTTP1
import NIOPosix

/// So many requests in flight, each on a connection of its own.
// Touched on its event loop only.
final class FloorLoad: @unchecked Sendable {
  enum Phase { case warmingUp, measuring, done }

  let done: EventLoopPromise<Measurement>
  private(set) var phase = Phase.warmingUp
  private let command: LoadCommand
  private let loop: any EventLoop
  private let head: HTTPRequestHead
  private var channels: [any Channel] = []
  private var latencies = Latencies()
  private var octets = 0
  private var began = NIODeadline.now()

  init(_ command: LoadCommand, _ loop: any EventLoop) {
    self.command = command
    self.loop = loop
    self.head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: command.target, headers: ["Host": "127.0.0.1:\(command.port)"])
    self.done = loop.makePromise()
  }

  func start() {
    let opening = (0..<command.count).map { _ in
      ClientBootstrap(group: loop)
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(FloorHandler(self, self.head))
          }
        }
        .connect(host: "127.0.0.1", port: command.port)
    }
    EventLoopFuture.whenAllSucceed(opening, on: loop).whenComplete { result in
      switch result {
      case .success(let channels):
        self.channels = channels
        self.warmUp()
      case .failure(let error): self.finish(Measurement(problem: "cannot connect: \(error)"))
      }
    }
  }

  func count(_ octets: Int) {
    if phase == .measuring { self.octets += octets }
  }

  func record(_ latency: TimeAmount) {
    if phase == .measuring { latencies.record(UInt64(latency.nanoseconds)) }
  }

  func finish(_ measurement: Measurement) {
    guard phase != .done else { return }
    phase = .done
    for channel in channels { channel.close(promise: nil) }
    done.succeed(measurement)
  }

  private func warmUp() {
    loop.scheduleTask(in: .nanoseconds(Int64(command.warmUp * 1e9))) {
      guard self.phase == .warmingUp else { return }
      self.phase = .measuring
      self.began = .now()
      Output.print(Measurement.begin)
      self.loop.scheduleTask(in: .nanoseconds(Int64(self.command.seconds * 1e9))) {
        let seconds = Double((NIODeadline.now() - self.began).nanoseconds) / 1e9
        self.finish(self.latencies.measurement(seconds: seconds, octets: self.octets))
      }
    }
  }
}

/// Sends a request, reads its answer, and again.
private final class FloorHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let load: FloorLoad
  private let head: HTTPRequestHead
  private var sentAt = NIODeadline.now()

  init(_ load: FloorLoad, _ head: HTTPRequestHead) {
    self.load = load
    self.head = head
  }

  func channelActive(context: ChannelHandlerContext) { send(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if head.status != .ok { load.finish(Measurement(problem: "an answer had status \(head.status.code)")) }
    case .body(let octets): load.count(octets.readableBytes)
    case .end:
      load.record(.now() - sentAt)
      if load.phase != .done { send(context) }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    load.finish(Measurement(problem: "a connection was closed"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    load.finish(Measurement(problem: "a connection broke: \(error)"))
    context.close(promise: nil)
  }

  private func send(_ context: ChannelHandlerContext) {
    sentAt = .now()
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
