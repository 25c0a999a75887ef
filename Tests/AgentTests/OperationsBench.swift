import Agent
import HTTPWire
import PhoenixChannels
import TestSupport

/// An answer of the operations server.
struct OperationsAnswer {
  var status = ""
  /// By their names in lower case.
  var fields: [String: String] = [:]
  var text = ""

  init(_ answer: String) {
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
    let head = parts.first?.split(separator: "\r\n") ?? []
    status = head.first?.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
    for line in head.dropFirst() {
      let field = line.split(separator: ":", maxSplits: 1)
      if field.count == 2 { fields[field[0].lowercased()] = String(field[1].drop { $0 == " " }) }
    }
    text = parts.count == 2 ? String(parts[1]) : ""
  }
}

/// Runs a body while an agent's operations server listens, and hands it the port.
func withOperationsServer(_ agent: Agent, _ body: (_ port: Int) async throws -> Void) async throws {
  let ports = Reports<Int>()
  let server = OperationsServer(agent: agent, startedAt: now, host: "127.0.0.1", port: 0, logger: quiet) {
    7
  } onListening: {
    ports.send($0)
  }
  let running = Task { try await server.run() }
  var failure: (any Error)?
  do { try await body(await ports.next() ?? 0) } catch { failure = error }
  running.cancel()
  _ = await running.result
  if let failure { throw failure }
}

/// Runs a body beside an agent whose first line was lost by a restart (1012), and whose second has had its heartbeats
/// answered: that of the channel after 20 ms.
func withLineAfterRestart(_ body: (_ port: Int) async throws -> Void) async throws {
  let bench = Bench()
  let clock = bench.clock
  try await bench.run { end in
    let join = try await end.join()
    if end.number == 1 { return await end.socket.close(code: 1012, reason: "deploy") }
    while true {
      let message = try await end.receive()
      if message.joinRef == join.ref { clock.advance(by: .milliseconds(20)) }
      try await end.reply(to: message)
    }
  } _: { agent, _ in
    while agent.status.connections < 2 { await Task.yield() }
    await clock.expire(.seconds(30))
    await clock.untilSomebodySleeps(for: .milliseconds(29_980))
    try await withOperationsServer(agent, body)
  }
}

/// Asks for a page of the operations server.
func ask(_ path: String, _ method: String = "GET", port: Int) async throws -> OperationsAnswer {
  let connection = try await RawClient.connect(port: port)
  try await connection.write("\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
  let answer = await connection.readAllText()
  await connection.close()
  return OperationsAnswer(answer)
}
