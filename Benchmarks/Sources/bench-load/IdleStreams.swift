import BenchKit
import NIOCore

/// So many answers that began and do not go on. The measured time begins when each has sent its first octets.
// Touched on its event loop only.
final class IdleStreams: Load, LoadConnectionOwner, @unchecked Sendable {
  let done: EventLoopPromise<Measurement>
  private let command: LoadCommand
  private let loop: any EventLoop
  private let request: ByteBuffer
  private var opener: Opener?
  private var connections: [LoadConnection] = []
  private var flowing = 0
  private var isDone = false

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
      },
      failed: { self.finish(Measurement(problem: "cannot connect: \($0)")) })
    opener?.start()
  }

  func stop() {
    var measurement = Measurement()
    measurement.requests = flowing
    finish(measurement)
  }

  func connection(_ connection: LoadConnection, received event: MessageReader.Event) {
    switch event {
    case .head(let head):
      if head.status != 200 { finish(Measurement(problem: "an answer had status \(head.status)")) }
    case .octets:
      flowing += 1
      if flowing == command.count, !isDone { Output.print(Measurement.begin) }
    case .end: finish(Measurement(problem: "a stream ended"))
    }
  }

  func connection(_ connection: LoadConnection, endedBy problem: String) { finish(Measurement(problem: problem)) }

  private func finish(_ measurement: Measurement) {
    guard !isDone else { return }
    isDone = true
    for connection in connections { connection.close() }
    opener = nil
    done.succeed(measurement)
  }
}
