import BenchKit
import NIOCore

/// One large body, down or up, and how long it took.
// Touched on its event loop only.
final class Transfer: Load, LoadConnectionOwner, @unchecked Sendable {
  private static let block = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)

  let done: EventLoopPromise<Measurement>
  private let command: LoadCommand
  private let loop: any EventLoop
  private var connection: LoadConnection?
  private var began = NIODeadline.now()
  private var octets = 0
  /// What is still to be sent.
  private var left: Int
  private var isDone = false

  init(_ command: LoadCommand, _ loop: any EventLoop) {
    self.command = command
    self.loop = loop
    self.left = command.kind == .upload ? command.octets : 0
    self.done = loop.makePromise()
  }

  func start() {
    LoadConnection.open(port: command.port, on: loop, for: self).whenComplete { result in
      switch result {
      case .success(let connection):
        self.connection = connection
        self.began = .now()
        Output.print(Measurement.begin)
        let isUpload = self.command.kind == .upload
        connection.send(
          isUpload
            ? self.command.request(method: "POST", fields: "Content-Length: \(self.left)\r\n") : self.command.request())
        self.connectionCanWrite(connection)
      case .failure(let error): self.finish(Measurement(problem: "cannot connect: \(error)"))
      }
    }
  }

  func stop() { succeed() }

  func connectionCanWrite(_ connection: LoadConnection) {
    guard let channel = connection.channel else { return }
    while left > 0, channel.isWritable {
      let count = min(left, Self.block.readableBytes)
      guard let slice = Self.block.getSlice(at: 0, length: count) else { return }
      left -= count
      octets += count
      channel.write(slice, promise: nil)
    }
    channel.flush()
  }

  func connection(_ connection: LoadConnection, received event: MessageReader.Event) {
    switch event {
    case .head(let head):
      if head.status != 200 { finish(Measurement(problem: "the answer had status \(head.status)")) }
    case .octets(let count):
      if command.kind != .upload { octets += count }
    case .end:
      if left > 0 {
        finish(Measurement(problem: "the answer came before the body was sent"))
      } else {
        succeed()
      }
    }
  }

  func connection(_ connection: LoadConnection, endedBy problem: String) { finish(Measurement(problem: problem)) }

  private func succeed() {
    var measurement = Measurement()
    measurement.requests = 1
    measurement.seconds = Double((NIODeadline.now() - began).nanoseconds) / 1e9
    measurement.octets = octets
    finish(measurement)
  }

  private func finish(_ measurement: Measurement) {
    guard !isDone else { return }
    isDone = true
    connection?.close()
    done.succeed(measurement)
  }
}
