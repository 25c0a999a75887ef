import HTTPWire

/// What is needed to reach the gateway, read apart from all other settings: one of those may be wrong.
struct GatewaySettings: Sendable {
  /// As it is written: without the token, but with whatever query somebody has put there.
  let text: String
  let url: WebSocketURL
  let caFile: String?

  /// - Returns: `nil` if it is no URL of a WebSocket.
  init?(_ source: SettingsSource) {
    let reader = SettingsReader(source)
    guard let text = reader.text(.gateway), let url = WebSocketURL(text) else { return nil }
    self.text = text
    self.url = url
    caFile = reader.text(.caFile)
  }

  /// The path without the query: a token may be in that.
  var path: String { String(url.target.prefix { $0 != "?" }) }

  var probe: NetworkProbe { NetworkProbe(host: url.host, port: url.port) }
}
