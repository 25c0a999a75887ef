import ArgumentParser

/// The settings as flags: each has the name of its setting, in lower case with dashes.
struct SettingFlags: ParsableArguments {
  @OptionGroup var token: TokenFlags
  @Option(help: help(.gateway)) var plugboardURL: String?
  @Option(help: help(.backendHost)) var backendHost: String?
  @Option(help: help(.backendPort)) var backendPort: String?
  @Option(help: help(.backendScheme)) var backendScheme: String?
  @Option(help: help(.connectTimeout)) var connectTimeout: String?
  @Option(help: help(.requestTimeout)) var requestTimeout: String?
  @Option(help: help(.heartbeatInterval)) var heartbeatInterval: String?
  @Option(help: help(.heartbeatTimeout)) var heartbeatTimeout: String?
  @Option(help: help(.monitorInterval)) var connectionMonitorInterval: String?
  @Option(help: help(.initialBackoff)) var initialBackoff: String?
  @Option(help: help(.maxBackoff)) var maxBackoff: String?
  @Option(help: help(.maxRetries)) var maxRetries: String?
  @Option(help: help(.tunnelConnections)) var tunnelConnections: String?
  @Option(help: help(.maxStreams)) var maxStreams: String?
  @Option(help: help(.maxConcurrent)) var maxConcurrent: String?
  @Option(help: help(.maxResponseSize)) var maxResponseSize: String?
  @Option(help: help(.chunkSize)) var chunkSize: String?
  @Option(help: help(.shutdownGrace)) var shutdownGrace: String?
  @Option(help: help(.healthPort)) var healthCheckPort: String?
  @Option(help: help(.caFile)) var telephoneCAFile: String?

  /// What was given, by the names of the settings.
  var values: [String: String] {
    let given: [(Setting, String?)] = [
      (.gateway, plugboardURL), (.backendHost, backendHost), (.backendPort, backendPort),
      (.backendScheme, backendScheme), (.connectTimeout, connectTimeout), (.requestTimeout, requestTimeout),
      (.heartbeatInterval, heartbeatInterval), (.heartbeatTimeout, heartbeatTimeout),
      (.monitorInterval, connectionMonitorInterval), (.initialBackoff, initialBackoff), (.maxBackoff, maxBackoff),
      (.maxRetries, maxRetries), (.tunnelConnections, tunnelConnections), (.maxStreams, maxStreams),
      (.maxConcurrent, maxConcurrent), (.maxResponseSize, maxResponseSize), (.chunkSize, chunkSize),
      (.shutdownGrace, shutdownGrace), (.healthPort, healthCheckPort), (.caFile, telephoneCAFile),
    ]
    let own = Dictionary(uniqueKeysWithValues: given.compactMap { setting, value in value.map { (setting.name, $0) } })
    return own.merging(token.values) { own, _ in own }
  }

  static func help(_ setting: Setting) -> ArgumentHelp {
    let fallback = setting.defaultText.map { " (default: \($0))" } ?? ""
    return ArgumentHelp("\(setting.name): \(setting.help)\(fallback)", valueName: "value")
  }
}
