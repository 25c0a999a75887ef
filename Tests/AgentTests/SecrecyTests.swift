import Agent
import HTTPWire
import Logging
import PhoenixChannels
import Synchronization
import TestSupport
import Testing
import TokenVault

/// Keeps all that is logged, down to trace.
final class LogBook: Sendable {
  private let lines = Mutex<[String]>([])

  var logger: Logger {
    Logger(label: "test") { _ in Handler(book: self) }
  }

  var text: String { lines.withLock { $0.joined(separator: "\n") } }

  struct Handler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.trace

    init(book: LogBook) { self.book = book }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      book.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:]) \(metadata)") }
    }
  }
}

/// The token rides in the URL, and is seen nowhere else.
@Suite(.timeLimit(.minutes(1))) struct SecrecyTests {
  private func expectNoToken(_ texts: [String]) throws {
    let token = try token()
    let signature = token.rawValue.split(separator: ".").last.map(String.init) ?? token.rawValue
    for text in texts {
      #expect(!text.contains(token.rawValue))
      #expect(!text.contains(signature))
      #expect(!text.contains("token="))
    }
  }

  @Test func `no log line, error or status of a stormy day shows it`() async throws {
    let book = LogBook()
    var bench = Bench()
    bench.logger = book.logger
    bench.change = { $0.maxRetries = 1 }
    try await bench.run { end in
      switch end.number {
      case 1:
        let join = try await end.join()
        try await end.socket.send(.text("not json"))
        try await end.push("odd_event", joinRef: join.ref)
        try await end.push("proxy_req", ["method": 1], joinRef: join.ref)
        try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
        let again = try await end.join()
        try await end.push("phx_close", joinRef: again.ref, ref: again.ref)
        try await end.serveToTheEnd()
      case 2:
        try await end.join()
        await end.socket.close(code: 1012, reason: "restart")
      default:
        try await end.reply(to: try await end.receive(), "error", ["reason": "no"])
      }
    } _: { agent, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      let status = agent.status
      try expectNoToken([
        book.text, "\(error as Any)", String(reflecting: error), "\(status)", "\(agent.settings)",
        String(reflecting: agent.settings),
      ])
      #expect(book.text.contains("joined"))
      #expect(book.text.contains("no line to the gateway"))
    }
  }

  @Test func `a gateway that repeats the token, or says much, brings neither into a log`() async throws {
    let book = LogBook()
    var bench = Bench()
    bench.logger = book.logger
    bench.change = { $0.maxRetries = 1 }
    let token = try token().rawValue
    let signature = try #require(token.split(separator: ".").last.map(String.init))
    let long = String(repeating: "\u{1B}[31m", count: 20_000)
    try await bench.run { end in
      switch end.number {
      case 1:
        let join = try await end.join()
        try await end.push("phx_error", ["reason": .string("bad \(token)")], joinRef: join.ref, ref: join.ref)
        try await end.join()
        await end.socket.close(code: 4000, reason: "bad \(signature)")
      case 2:
        try await end.reply(to: try await end.receive(), "error", ["reason": .string("bad \(token) \(long)")])
      default:
        try await end.reply(to: try await end.receive(), "error", ["reason": .string("bad \(token)")])
      }
    } _: { agent, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      try expectNoToken([book.text, "\(error as Any)", "\(agent.status)"])
      #expect(book.text.contains("bad ‹token›"))
      #expect(!book.text.contains("\u{1B}"))
      #expect(book.text.utf8.count < 5000)
      try await withOperationsServer(agent) { port in
        let page = try await ask("/health", port: port)
        try expectNoToken([page.text])
        #expect(page.text.contains("bad ‹token›"))
      }
    }
  }

  @Test func `a refused upgrade and a dead port do not show it either`() async throws {
    let book = LogBook()
    var bench = Bench()
    bench.logger = book.logger
    bench.refusal = 403
    bench.change = { $0.maxRetries = 1 }
    try await bench.run { _ in
    } _: { agent, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      try expectNoToken([book.text, "\(error as Any)", "\(agent.status)"])
    }
    let agent = try await bench.agent(gateway: try RawClient.closedPort())
    let error = await #expect(throws: AgentError.self) { try await agent.run() }
    try expectNoToken([book.text, "\(error as Any)", "\(agent.status)"])
  }
}
