import BenchKit
import NIOCore

/// So many requests in flight: each connection sends its next request when it has the answer to its last one.
// Touched on its event loop only.
final class RequestLoad: Load, LoadConnectionOwner, @unchecked Sendable {
  private enum Phase { case opening, warmingUp, measuring, done }

  let done: EventLoopPromise<Measurement>
  private let command: LoadCommand
  private let loop: any EventLoop
  private let request: ByteBuffer
  private var opener: Opener?
  private var connections: [LoadConnection] = []
  private var phase = Phase.opening
  private var latencies = Latencies()
  private var octets = 0
  private var began = NIODeadline.now()

  init(_ command: LoadCommand, _ loop: any EventLoop) {
    self.command = command
    self.loop = loop
    self.request = command.request()
    self.done = loop.makePromise()
  }

  func start() {
    opener = Opener(
      command.count, port: command.port, loop, for: self,
      opened: { connection in
        self.connections.append(connection)
        connection.send(self.request)
        if self.connections.count == self.command.count { self.warmUp() }
      },
      failed: { self.finish(Measurement(problem: "cannot connect: \($0)")) })
    opener?.start()
  }

  func connection(_ connection: LoadConnection, received event: MessageReader.Event) {
    switch event {
    case .head(let head):
      if head.status != 200 { finish(Measurement(problem: "an answer had status \(head.status)")) }
    case .octets(let count):
      if phase == .measuring { octets += count }
    case .end:
      if phase == .measuring { latencies.record(UInt64((NIODeadline.now() - connection.sentAt).nanoseconds)) }
      if phase != .done { connection.send(request) }
    }
  }

  func connection(_ connection: LoadConnection, endedBy problem: String) { finish(Measurement(problem: problem)) }

  private func warmUp() {
    guard phase == .opening else { return }
    phase = .warmingUp
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

  private func finish(_ measurement: Measurement) {
    guard phase != .done else { return }
    phase = .done
    for connection in connections { connection.close() }
    opener = nil
    done.succeed(measurement)
  }
}
