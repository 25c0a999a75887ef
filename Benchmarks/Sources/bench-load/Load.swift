import BenchKit
import NIOCore

/// One command at work. All but ``done`` is called on the event loop.
protocol Load: Sendable {
  var done: EventLoopPromise<Measurement> { get }
  func start()
  /// Ends what has no end of its own.
  func stop()
}

extension Load {
  func stop() {}
}

/// Opens connections, at most 32 at a time, so that no listener's queue runs over.
// Touched on its event loop only.
final class Opener: @unchecked Sendable {
  private let port: Int
  private let loop: any EventLoop
  private weak var owner: (any LoadConnectionOwner)?
  private var left: Int
  private var next = 0
  private let opened: (LoadConnection) -> Void
  private let failed: (any Error) -> Void

  init(
    _ count: Int, port: Int, _ loop: any EventLoop, for owner: any LoadConnectionOwner,
    opened: @escaping (LoadConnection) -> Void, failed: @escaping (any Error) -> Void
  ) {
    self.port = port
    self.loop = loop
    self.owner = owner
    self.left = count
    self.opened = opened
    self.failed = failed
  }

  func start() {
    for _ in 0..<min(32, left) { open() }
  }

  private func open() {
    guard left > 0, let owner else { return }
    left -= 1
    let number = next
    next += 1
    LoadConnection.open(port: port, on: loop, number: number, for: owner).whenComplete { result in
      switch result {
      case .success(let connection):
        self.opened(connection)
        self.open()
      case .failure(let error): self.failed(error)
      }
    }
  }
}

extension LoadCommand {
  /// The octets of its request.
  func request(method: String = "GET", fields: String = "") -> ByteBuffer {
    ByteBuffer(string: "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(fields)\r\n")
  }
}
