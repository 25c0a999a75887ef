import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

@testable import TelephoneCLI

@Suite("What a service manager is told", .timeLimit(.minutes(3)))
struct ServiceManagerTests {
  /// A manager with a socket of its own, told for as long as `body` runs.
  private func run(
    watchdog: Duration? = nil, status: @escaping @Sendable () -> String = { "Fine." },
    probe: @escaping @Sendable () async -> Void = {},
    _ body: (ServiceManager, NotifyReceiver, TestClock) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let receiver = try NotifyReceiver(path: "\(folder.path)/s")
    let clock = TestClock()
    let manager = ServiceManager(
      socket: try NotifySocket(path: "\(folder.path)/s"), watchdog: watchdog, clock: clock, probe: probe
    ) { Issue.record("a warning: \($0)") }
    let running = Task { await manager.run(status: status) }
    do {
      try await body(manager, receiver, clock)
    } catch {
      Issue.record("\(error)")
    }
    running.cancel()
    await running.value
  }

  @Test func `readiness comes once, a status when it changes, and the end with its time`() async throws {
    let status = Mutex("Dialing.")
    try await run(
      status: { status.withLock { $0 } }, probe: {},
      { manager, receiver, clock async throws in
        #expect(try await receiver.next() == ["READY=1", "STATUS=Dialing."])
        await clock.expire(ServiceManager.interval)
        await clock.untilSomebodySleeps(for: ServiceManager.interval)
        status.withLock { $0 = "Joined." }
        await clock.expire(ServiceManager.interval)
        #expect(try await receiver.next() == ["STATUS=Joined."])
        manager.stopping(within: .seconds(50), status: "Draining.")
        #expect(
          try await receiver.next() == ["STOPPING=1", "STATUS=Draining.", "EXTEND_TIMEOUT_USEC=50000000"])
        await clock.untilSomebodySleeps(for: ServiceManager.interval)
        status.withLock { $0 = "Gone." }
        await clock.expire(ServiceManager.interval)
        #expect(try await receiver.next() == ["STATUS=Gone."])
      })
  }

  @Test func `a reload is told of, and its end, however the work ends`() async throws {
    try await run({ manager, receiver, clock async throws in
      #expect(try await receiver.next() == ["READY=1", "STATUS=Fine."])
      await manager.reload(
        status: { "Joined." },
        by: {
          let told = try? await receiver.next()
          #expect(told?.first == "RELOADING=1" && told?.count == 2)
          #expect(told?.last.flatMap { $0.wholeMatch(of: /MONOTONIC_USEC=[1-9]\d*/) } != nil)
        })
      #expect(try await receiver.next() == ["READY=1", "STATUS=Joined."])
    })
  }

  @Test func `a reload before the start has succeeded, or after the end began, is not told of`() {
    var report = ServiceReport()
    #expect(!report.mayReload)
    report.told("A.")
    #expect(report.mayReload)
    report.reloaded()
    #expect(report.due("A.") == .ready(status: "A."))
    report.told("A.")
    report.stop(within: .seconds(5))
    #expect(!report.mayReload)
    #expect(report.due("A.") == .stopping(status: "A.", within: .seconds(5)))
    report.told("A.")
    report.reloaded()
    #expect(!report.mayReload && report.due("A.") == nil)
  }

  @Test func `the time of a reload is in microseconds`() {
    #expect(
      NotifyMessage.reloading(at: .seconds(3) + .nanoseconds(5_999)).text == "RELOADING=1\nMONOTONIC_USEC=3000005")
  }

  @Test func `a sign of life needs an event loop that comes back`() async throws {
    let (answers, answer) = AsyncStream.makeStream(of: Void.self)
    let (questions, asked) = AsyncStream.makeStream(of: Void.self)
    let status = Mutex("A.")
    let probe: @Sendable () async -> Void = {
      asked.yield()
      for await _ in answers { return }
    }
    try await run(
      watchdog: .seconds(10), status: { status.withLock { $0 } }, probe: probe,
      { _, receiver, clock in
        var question = questions.makeAsyncIterator()
        _ = try await receiver.next(with: "READY=1")
        await clock.untilSomebodySleeps(for: ServiceManager.interval)
        await clock.expire(.seconds(5))
        _ = await question.next()
        // It hangs, and time passes: what comes next is the status, and no sign of life.
        await clock.untilSomebodySleeps(for: ServiceManager.interval)
        status.withLock { $0 = "B." }
        clock.advance(by: .seconds(60))
        #expect(try await receiver.next() == ["STATUS=B."])
        answer.yield()
        #expect(try await receiver.next() == ["WATCHDOG=1"])
        // And again after the next interval.
        answer.yield()
        await clock.expire(.seconds(5))
        #expect(try await receiver.next() == ["WATCHDOG=1"])
      })
  }

  @Test func `what could not be told is told later, with one warning`() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/s"
    let warnings = Mutex<[String]>([])
    let clock = TestClock()
    let manager = ServiceManager(socket: try NotifySocket(path: path), watchdog: .seconds(10), clock: clock) {
      warning in warnings.withLock { $0.append(warning) }
    }
    let running = Task { await manager.run { "Fine." } }
    for _ in 1...3 { await clock.expire(ServiceManager.interval) }
    await clock.untilSomebodySleeps(for: ServiceManager.interval)
    #expect(warnings.withLock { $0 } == ["No such file or directory"])
    let receiver = try NotifyReceiver(path: path)
    clock.advance(by: ServiceManager.interval)
    #expect(try await receiver.next(with: "READY=1") == ["READY=1", "STATUS=Fine."])
    running.cancel()
    await running.value
  }

  @Test func `an abstract socket is spoken to as well`() async throws {
    let name = "@telephone-test-\(UUID().uuidString)"
    let receiver = try NotifyReceiver(path: name)
    try NotifySocket(path: name).send(.watchdog)
    #expect(try await receiver.next() == ["WATCHDOG=1"])
  }

  @Test(arguments: ["vsock:2:1234", "run/notify", "@", "/" + String(repeating: "x", count: 108)])
  func `an address that is none is warned about, and there is no manager`(_ path: String) {
    let warnings = Mutex(0)
    #expect(ServiceManager.of(["NOTIFY_SOCKET": path]) { _ in warnings.withLock { $0 += 1 } } == nil)
    #expect(warnings.withLock { $0 } == 1)
  }

  @Test func `without a socket there is no manager, and no warning`() {
    for environment in [[:], ["NOTIFY_SOCKET": ""]] {
      #expect(ServiceManager.of(environment) { Issue.record("a warning: \($0)") } == nil)
    }
  }

  @Test(
    arguments: [
      (nil, nil, nil), ("20000000", nil, Duration.seconds(20)), ("20000000", "7", .seconds(20)),
      ("20000000", "8", nil), ("0", nil, nil), ("-1", nil, nil), ("soon", nil, nil), ("1", "x", nil),
    ] as [(String?, String?, Duration?)])
  func `the watchdog is that of this process`(_ microseconds: String?, _ process: String?, _ expected: Duration?) {
    var environment: [String: String] = [:]
    environment["WATCHDOG_USEC"] = microseconds
    environment["WATCHDOG_PID"] = process
    #expect(ServiceManager.watchdog(environment, process: 7) == expected)
  }

  @Test func `a status is one line of a bounded length`() {
    #expect(NotifyMessage.status("a\nREADY=1\r\u{2028}b").text == "STATUS=a READY=1  b")
    for text in [String(repeating: "x", count: 9000), String(repeating: "é€😀", count: 900)] {
      let length = NotifyMessage.status(text).text.utf8.count
      #expect((400...(NotifyMessage.maxStatus + 7)).contains(length))
    }
    // One character, with more octets than all of it may have.
    let heaped = "Not joined: " + "a" + String(repeating: "\u{301}", count: 20_000)
    #expect(NotifyMessage.status(heaped).text.utf8.count <= NotifyMessage.maxStatus + 7)
  }

  @Test func `an agent without a gateway is ready and alive for systemd, and says when it stops`() async throws {
    let folder = try TemporaryFolder()
    let receiver = try NotifyReceiver(path: "\(folder.path)/s")
    let token = try await Program.token()
    let port = try await RawClient.freePort()
    let code = try await Program(environment: [
      "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret,
      "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket", "NOTIFY_SOCKET": "\(folder.path)/s",
      "WATCHDOG_USEC": "100000",
    ]).run(["run"]) { agent in
      #expect(try await receiver.next()[0] == "READY=1")
      for _ in 1...3 { _ = try await receiver.next(with: "WATCHDOG=1") }
      try agent.send(.terminate)
      #expect(try await receiver.next(with: "STOPPING=1").contains("EXTEND_TIMEOUT_USEC=50000000"))
    }
    #expect(code == 0)
  }
}
