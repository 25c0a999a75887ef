import PhoenixChannels

extension LineLoss.Cause {
  /// The name of the cause where few different ones are wanted: the health page, metrics. There are 25.
  package var label: String {
    switch self {
    case .dial(let kind): kind.label
    case .joinRefused: "join_refused"
    case .joinTimedOut: "join_timeout"
    case .grantNotAccepted: "grant_not_accepted"
    case .channelCrashed: "channel_crashed"
    case .channelClosed: "channel_closed"
    case .framingBroken: "framing_broken"
    case .heartbeatLate: "heartbeat_late"
    case .heartbeatFailed: "heartbeat_failed"
    case .socketLost where isRestart: "gateway_restart"
    case .socketLost(1005), .socketLost(1006): "socket_lost"
    case .socketLost: "socket_closed"
    case .drained: "gateway_drained"
    }
  }
}

extension DialFailure.Kind {
  fileprivate var label: String {
    switch self {
    case .tokenRefused: "token_refused"
    case .upgradeRefused: "upgrade_refused"
    case .nameNotResolved: "name_not_resolved"
    case .connectionRefused: "connection_refused"
    case .unreachable: "unreachable"
    case .connectTimedOut: "connect_timeout"
    case .upgradeTimedOut: "upgrade_timeout"
    case .tlsNotTrusted: "tls_not_trusted"
    case .tlsFailed: "tls_failed"
    case .notAWebSocket: "not_a_websocket"
    case .invalidURL: "invalid_url"
    case .connectionLost: "connection_lost"
    case .cancelled: "cancelled"
    }
  }
}
