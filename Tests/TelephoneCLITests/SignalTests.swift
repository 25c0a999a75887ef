import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

@testable import TelephoneCLI

@Suite("telephone run, and the signals that end it")
struct SignalTests {
  /// A switchboard and a telephone, with an exchange between them whose answer is half sent.
  struct Scene: Sendable {
    var agent: RunningProgram
    /// Who called, and has read the first half of the answer.
    var client: RawConnection
    /// Lets the backend send the second half.
    var goOn: @Sendable () -> Void
  }

  /// - Returns: the exit code of the telephone.
  private func run(_ body: @escaping @Sendable (Scene) async throws -> Void) async throws -> Int32? {
    let (gate, opener) = AsyncStream.makeStream(of: Void.self)
    return try await RawServer.with(
      { connection in
        _ = try await connection.read(until: "\r\n\r\n")
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        for await _ in gate { break }
        try await connection.write("done")
        _ = await connection.readAll()
      },
      { backend in
        let secret = ["TOKEN_SECRET": Program.secret]
        let token = try await Program.token()
        let port = try await RawClient.freePort()
        let telephone = Program(
          environment: secret.merging([
            "TELEPHONE_TOKEN": token, "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
            "BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(backend.port)",
          ]) { $1 })
        let code = Mutex<Int32?>(nil)
        _ = try await Program(environment: secret).run(["switchboard", "--listen", "127.0.0.1:\(port)"]) { gateway in
          try await gateway.line(with: "Listening on")
          let ended = try await telephone.run(["run"]) { agent in
            try await gateway.line(with: "telephone joined")
            let client = try await RawClient.connect(port: port)
            try await client.write("GET /call/demo/ HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            _ = try await client.read(until: "half")
            try await body(Scene(agent: agent, client: client) { opener.yield() })
          }
          code.withLock { $0 = ended }
          try gateway.send(.terminate)
        }
        return code.withLock { $0 }
      })
  }

  @Test(arguments: [Signal.terminate, .interrupt])
  func `at the first signal an exchange still gets its whole answer`(_ signal: Signal) async throws {
    let code = try await run { scene in
      try scene.agent.send(signal)
      try await scene.agent.line(with: "draining")
      scene.goOn()
      #expect(await scene.client.readAllText().hasSuffix("done"))
    }
    #expect(code == 0)
  }

  @Test func `at a SIGHUP the pipeline is loaded again, and an exchange that runs goes on`() async throws {
    let code = try await run { scene in
      try scene.agent.send(.terminalClosed)
      let line = try await scene.agent.line(with: "pipeline swapped")
      #expect(line.contains("cause=SIGHUP") && line.contains("pipeline=default"))
      scene.goOn()
      #expect(await scene.client.readAllText().hasSuffix("done"))
      try scene.agent.send(.terminate)
    }
    #expect(code == 0)
  }

  @Test(arguments: [(Signal.terminate, Int32(143)), (.interrupt, 130)])
  func `the second signal ends it at once, whatever runs`(_ second: Signal, _ expected: Int32) async throws {
    let clock = ContinuousClock()
    let sent = Mutex(clock.now)
    let code = try await run { scene in
      try scene.agent.send(.terminate)
      try await scene.agent.line(with: "draining")
      sent.withLock { $0 = clock.now }
      try scene.agent.send(second)
      #expect(await !scene.client.readAllText().contains("done"))
    }
    #expect(code == expected)
    // The grace is 30 s. The limit leaves room for a machine that is busy with other tests.
    #expect(sent.withLock { $0 }.duration(to: clock.now) < .seconds(10))
  }

  @Test func `a signal while it dials ends it promptly`() async throws {
    let (dials, dialed) = AsyncStream.makeStream(of: Void.self)
    let token = try await Program.token()
    try await RawServer.with(
      { connection in
        _ = try await connection.read(until: "\r\n\r\n")
        dialed.yield()
        _ = await connection.readAll()
      },
      { silent in
        let clock = ContinuousClock()
        let sent = Mutex(clock.now)
        let code = try await Program(environment: [
          "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret, "CONNECT_TIMEOUT": "40s",
          "PLUGBOARD_URL": "ws://127.0.0.1:\(silent.port)/telephone/websocket",
        ]).run(["run"]) { agent in
          for await _ in dials { break }
          sent.withLock { $0 = clock.now }
          try agent.send(.terminate)
        }
        #expect(code == 0)
        #expect(sent.withLock { $0 }.duration(to: clock.now) < .seconds(10))
      })
  }

  @Test func `a terminal that was closed is gone, and who never had one misses none`() throws {
    let (terminal, program) = try Self.pseudoTerminal()
    let watched = ControllingTerminal([program])
    #expect(!watched.isGone)
    close(terminal)
    #expect(watched.isGone)
    close(program)
    let file = open("/dev/null", O_RDONLY)
    defer { close(file) }
    #expect(!ControllingTerminal([file]).isGone)
  }

  /// The two ends of one.
  private static func pseudoTerminal() throws -> (terminal: Int32, program: Int32) {
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // What grantpt, unlockpt and ptsname do (ioctl_tty(2)); they are not among what Swift imports.
    var (number, lock) = (Int32(-1), Int32(0))
    try #require(ioctl(terminal, 0x8004_5430, &number) == 0 && ioctl(terminal, 0x4004_5431, &lock) == 0)
    let program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(program >= 0)
    return (terminal, program)
  }

  @Test func `each signal has its limit and its code`() {
    var steps = EndingSteps(drainLimit: .seconds(50))
    #expect(steps.next(15) == .init(request: .drain, limit: .seconds(50), code: 70))
    #expect(steps.code == nil)
    #expect(steps.next(2) == .init(request: .endAtOnce(code: 130), limit: .milliseconds(750), code: 130))
    #expect(steps.code == 130)
    // The third has no limit: now. The code is that of the second.
    for number: Int32 in [15, 1] { #expect(steps.next(number) == .init(request: nil, limit: nil, code: 130)) }
  }
}
