import PhoenixChannels

/// What to do when the gateway does not take the WebSocket.
enum UpgradeAdvice {
  /// - Returns: `nil` where the sentence of the failure says it already.
  static func advice(for kind: DialFailure.Kind) -> String? {
    switch kind {
    case .upgradeRefused(let status): advice(for: status)
    case .upgradeTimedOut: "Something takes the connection and says nothing: a proxy, or a gateway that hangs."
    case .connectionLost: "Look into the gateway's log, and for a proxy that does not pass WebSockets on."
    case .notAWebSocket: "PLUGBOARD_URL must name the socket of a gateway, not another service."
    default: nil
    }
  }

  private static func advice(for status: Int) -> String {
    switch status {
    case 300...399: "Set PLUGBOARD_URL to the place itself, as ws or wss: redirects are not followed."
    case 404, 405:
      "The path is wrong: Phoenix serves a socket under its own path and /websocket, such as /telephone/websocket."
    case 400, 426: "The handshake did not arrive as it was sent: look for a proxy that does not pass Upgrade on."
    case 401, 407: "A proxy asks for a password, which an agent has none of: let it pass the gateway's path."
    case 429: "The gateway has too many dials: wait, and look how many agents there are."
    case 502, 504: "A proxy answered, and the gateway behind it does not run."
    case 503: "The gateway is shutting down or not ready: try again soon."
    case 500...599: "This is a fault of the gateway: look into its log."
    default: "Look into the gateway's log, and for a proxy before it."
    }
  }
}
