import Foundation
import KeySets
import TestSupport

/// Starts the processes of a house, with what they are told.
struct HouseBuilder {
  let shape: HouseShape
  let telephone: String
  /// Where they run, and where their logs are.
  let folder: String
  let book: LedgerBook
  private let secret: String
  private let token: String
  /// This program.
  private let suite: String

  init(shape: HouseShape, telephone: String, folder: String, book: LedgerBook) throws {
    self.shape = shape
    self.telephone = telephone
    self.folder = folder
    self.book = book
    secret = UUID().uuidString + UUID().uuidString
    token = try TokenIssuer(secret: secret).issue(
      subject: "chaos", pathID: Caller.pathID, id: UUID().uuidString, issuedAt: Date(), lifetime: .seconds(7200))
    suite = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func gateway(port: Int) throws -> ChildProcess {
    try ChildProcess(
      suite, ["gateway", "--port", "\(port)", "--protocol", "\(shape.newestProtocol)"],
      environment: ["TOKEN_SECRET": secret], log: folder + "/gateway.log")
  }

  func backend(port: Int, life: Int) throws -> ChildProcess {
    try ChildProcess(suite, ["backend", "--port", "\(port)"], log: folder + "/backend.log") {
      [book] line in
      book.backendSaid(line, life: life)
    }
  }

  /// The port that a process listens on, as it says.
  func port(of child: ChildProcess, within limit: Duration) async throws -> Int {
    guard let line = await child.ask(for: "listening", within: limit),
      let port = line.split(separator: " ").last.flatMap({ Int($0) })
    else { throw ChaosProblem("\(child.name) does not start. Its log is in \(folder); see --keep-logs.") }
    return port
  }

  func agent(gateway: Int, backend: Int) async throws -> (ChildProcess, AgentProbe) {
    let health = try await RawClient.freePort()
    let agent = try ChildProcess(
      telephone, ["run"],
      environment: [
        "TELEPHONE_TOKEN": token, "TOKEN_SECRET": secret,
        "SECRET_KEY_BASE": String(repeating: "not-a-secret-", count: 4),
        "TOKEN_DB_PATH": folder + "/telephone.db",
        "PLUGBOARD_URL": "ws://127.0.0.1:\(gateway)/telephone/websocket",
        "BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(backend)", "HEALTH_CHECK_PORT": "\(health)",
        "HEARTBEAT_INTERVAL": Self.text(Pace.heartbeatInterval), "HEARTBEAT_TIMEOUT": Self.text(Pace.heartbeatTimeout),
        "INITIAL_BACKOFF": Self.text(Pace.initialBackoff), "MAX_BACKOFF": Self.text(Pace.maxBackoff),
        "TUNNEL_CONNECTIONS": "\(shape.lines)", "SHUTDOWN_GRACE": "5s",
        // An agent that was forgotten by everybody ends by itself.
        "MAX_RETRIES": "1000",
      ], log: folder + "/agent.log")
    return (agent, AgentProbe(port: health))
  }

  private static func text(_ duration: Duration) -> String { "\(Int(duration / .milliseconds(1)))ms" }
}
