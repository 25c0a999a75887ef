import BenchKit
import NIOCore

/// One request every 5 ms, on a connection that is free, or on a new one: a slow answer delays no later request.
/// A latency begins when the request is sent; that the machine woke this process late is not part of it.
// Touched on its event loop only.
final class PacedLoad: Load, LoadConnectionOwner, @unchecked Sendable {
  private static let interval = TimeAmount.milliseconds(5)
  private static let warmUp = 100

  let done: EventLoopPromise<Measurement>
  private let command: LoadCommand
  private let loop: any EventLoop
  private let request: ByteBuffer
  private var free: [LoadConnection] = []
  private var all: [LoadConnection] = []
  private var latencies = Latencies()
  private var began = NIODeadline.now()
  private var sent = 0
  private var answered = 0
  private var isDone = false

  init(_ command: LoadCommand, _ loop: any EventLoop) {
    self.command = command
    self.loop = loop
    self.request = command.request()
    self.done = loop.makePromise()
  }

  func start() {
    began = .now()
    tick()
  }

  private func tick() {
    guard !isDone, sent < command.count + Self.warmUp else { return }
    if sent == Self.warmUp { Output.print(Measurement.begin) }
    sent += 1
    let number = sent
    if let connection = free.popLast() {
      connection.send(request)
    } else {
      LoadConnection.open(port: command.port, on: loop, number: number, for: self).whenComplete { result in
        switch result {
        case .success(let connection):
          self.all.append(connection)
          connection.send(self.request)
        case .failure(let error): self.finish(Measurement(problem: "cannot connect: \(error)"))
        }
      }
    }
    loop.scheduleTask(deadline: began + .nanoseconds(Self.interval.nanoseconds * Int64(sent))) { self.tick() }
  }

  func connection(_ connection: LoadConnection, received event: MessageReader.Event) {
    switch event {
    case .head(let head):
      if head.status != 200 { finish(Measurement(problem: "an answer had status \(head.status)")) }
    case .octets: break
    case .end:
      answered += 1
      if answered > Self.warmUp { latencies.record(UInt64((NIODeadline.now() - connection.sentAt).nanoseconds)) }
      free.append(connection)
      if answered == command.count + Self.warmUp {
        finish(latencies.measurement(seconds: Double((NIODeadline.now() - began).nanoseconds) / 1e9))
      }
    }
  }

  func connection(_ connection: LoadConnection, endedBy problem: String) {
    free.removeAll { $0 === connection }
    finish(Measurement(problem: problem))
  }

  private func finish(_ measurement: Measurement) {
    guard !isDone else { return }
    isDone = true
    for connection in all { connection.close() }
    done.succeed(measurement)
  }
}
