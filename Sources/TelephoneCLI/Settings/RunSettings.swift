import Agent
import Foundation
import HTTPWire
import TelephoneKit
import TokenVault
import Tunnel

/// What `telephone run` is told.
struct RunSettings {
  var agent: AgentSettings
  /// The agent's token: where it is, and what it is verified with.
  var vault: VaultSettings
  /// Where the operations server listens; `nil`: there is none.
  var operations: ListenAddress?

  /// - Parameter operations: where the operations server listens; `nil`: what the settings say.
  /// - Throws: a ``CommandProblem`` with all that is wrong.
  init(_ source: SettingsSource, operations: ListenAddress? = nil) throws {
    var reader = SettingsReader(source)
    let vault = reader.vault()
    let gateway = reader.readHidden(
      .gateway, "must be a URL such as wss://gateway.example/telephone/websocket, without user or password", "",
      Self.gateway)
    let connectTimeout = reader.duration(.connectTimeout)
    let heartbeatInterval = reader.duration(.heartbeatInterval, atLeast: .milliseconds(100))
    let heartbeatTimeout =
      source[Setting.heartbeatTimeout.name] == nil ? nil : reader.duration(.heartbeatTimeout)
    let initialBackoff = reader.duration(.initialBackoff)
    let maxBackoff = reader.duration(.maxBackoff)
    if initialBackoff > maxBackoff {
      reader.fault("INITIAL_BACKOFF (\(initialBackoff.text)) must not be longer than MAX_BACKOFF (\(maxBackoff.text)).")
    }
    let maxRetries = reader.integer(.maxRetries, in: -1...1_000_000)
    let lines = reader.integer(.tunnelConnections, in: 1...8)
    let maxStreams = reader.integer(.maxStreams, in: 1...(1 << 20))
    let maxConcurrent = reader.integer(.maxConcurrent, in: 1...1_000_000)
    let maxResponseSize = reader.size(.maxResponseSize, in: .octets(1)...(.gibibytes(1)))
    let shutdownGrace = reader.duration(.shutdownGrace, atLeast: .zero)
    let port = reader.integer(.healthPort, in: 0...65535)
    // These belong to the pipeline; they are read so that a mistake shows at the start.
    _ = reader.duration(.requestTimeout)
    _ = reader.duration(.monitorInterval)
    _ = reader.size(.chunkSize, in: .octets(1)...(.mebibytes(16)))
    _ = reader.integer(.backendPort, in: 1...65535)
    _ = reader.choice(.backendScheme, of: ["http", "https"])
    if let host = reader.text(.backendHost), host.contains(":"), !host.hasPrefix("[") {
      reader.fault("BACKEND_HOST is an IPv6 address and wants brackets: [\(host)].")
    }
    let caFile = reader.text(.caFile)
    if let caFile, !FileManager.default.isReadableFile(atPath: caFile) {
      reader.fault("TELEPHONE_CA_FILE: \(caFile) cannot be read.")
    }
    try reader.finish()

    guard let vault else { throw CommandProblem("\(Setting.token.name) cannot be used.", .usage) }
    self.vault = vault
    agent = AgentSettings(gateway: gateway)
    agent.connectTimeout = connectTimeout
    agent.heartbeatInterval = heartbeatInterval
    agent.heartbeatTimeout = heartbeatTimeout
    agent.backoff = Backoff(initial: initialBackoff, maximum: maxBackoff)
    agent.maxRetries = maxRetries
    agent.lines = lines
    agent.maxStreams = maxStreams
    agent.protocol1 = Protocol1Settings(maxConcurrent: maxConcurrent, maxResponseSize: maxResponseSize)
    agent.shutdownGrace = shutdownGrace
    agent.caFile = caFile
    self.operations = operations ?? (port == 0 ? nil : ListenAddress(host: nil, port: port))
  }

  private static func gateway(_ text: String) -> String? {
    guard let components = URLComponents(string: text), ["ws", "wss"].contains(components.scheme),
      components.host?.isEmpty == false, components.user == nil, components.password == nil, WebSocketURL(text) != nil
    else { return nil }
    return text
  }
}
