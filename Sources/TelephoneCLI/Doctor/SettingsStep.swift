import Agent
import Foundation
import HTTPWire
import NIOCore
import TelephoneKit

/// Reads the settings as `telephone run` does.
struct SettingsStep: Sendable {
  /// A gateway ends a socket on which nothing came for so long (Phoenix, and our switchboard).
  private static let idleTimeout = Duration.seconds(60)

  let source: SettingsSource
  /// The file of settings; it need not be there.
  let file: String

  func examine() -> Examined<RunSettings> {
    let settings: RunSettings
    do {
      settings = try RunSettings(source)
    } catch {
      let lines = ((error as? CommandProblem)?.sentence ?? "\(error)").split(separator: "\n").map(String.init)
      let faults = lines.dropFirst().map { String($0.drop { " -".contains($0) }) }
      return Finding.failed(
        lines.first.map { "\($0.drop { $0 == " " })".replacing(":", with: ".") } ?? "A setting is wrong.",
        "telephone run would refuse to start.", faults
      ).without(RunSettings.self)
    }
    let count = FindingPrinter.count(Setting.all.count { source[$0.name] != nil }, "setting")
    let remarks = remarks(on: settings)
    guard !remarks.isEmpty else { return Finding.ok("\(count) given, all can be used").with(settings) }
    return Finding.warning("\(count) given, all can be used, but are they meant so?", nil, remarks).with(settings)
  }

  /// What is allowed and surely not meant.
  private func remarks(on settings: RunSettings) -> [String] {
    let agent = settings.agent
    var remarks: [String] = []
    if agent.heartbeatInterval >= Self.idleTimeout {
      remarks.append(
        "HEARTBEAT_INTERVAL is \(agent.heartbeatInterval.text), and a gateway ends a socket after "
          + "\(Self.idleTimeout.text) without a message. Set 30s.")
    }
    if let late = agent.heartbeatTimeout, late > agent.heartbeatInterval {
      remarks.append(
        "HEARTBEAT_TIMEOUT (\(late.text)) is longer than HEARTBEAT_INTERVAL (\(agent.heartbeatInterval.text)): a dead "
          + "line is noticed late. Set half of the interval.")
    }
    if agent.backoff.initial < .milliseconds(100) {
      remarks.append(
        "INITIAL_BACKOFF is \(agent.backoff.initial.text): after a restart of the gateway all agents come at once. Set 1s."
      )
    }
    if agent.backoff.maximum > .seconds(600) {
      remarks.append(
        "MAX_BACKOFF is \(agent.backoff.maximum.text): the agent may stay away so long after the gateway is back.")
    }
    if agent.maxRetries == 0 {
      remarks.append("MAX_RETRIES is 0: the agent ends at the first attempt that fails. -1 goes on for ever.")
    }
    if let url = WebSocketURL(agent.gateway), !url.isSecure, !Self.isOfThisMachine(url.host) {
      remarks.append("PLUGBOARD_URL is ws: the token and all requests travel in clear to \(url.host). Use wss.")
    }
    if isReadByOthers {
      remarks.append("\(file) holds secrets and can be read by every user: chmod 600 \(file)")
    }
    return remarks
  }

  private static func isOfThisMachine(_ host: String) -> Bool {
    let name = host.lowercased()
    guard let address = try? SocketAddress(ipAddress: name, port: 0) else {
      return name == "localhost" || name.hasSuffix(".localhost")
    }
    return address.ipAddress == "::1" || address.ipAddress?.hasPrefix("127.") == true
  }

  private var isReadByOthers: Bool {
    let secrets = [Setting.token, .tokenSecret, .secretKeyBase].map(\.name)
    guard let mode = (try? FileManager.default.attributesOfItem(atPath: file))?[.posixPermissions] as? NSNumber,
      mode.intValue & 0o004 != 0, let values = try? EnvironmentFile.read(file, as: "settings file").values
    else { return false }
    return secrets.contains { values[$0]?.isEmpty == false }
  }
}
