import Foundation

extension MetricsPage {
  private static let phases: [AgentStatus.Phase] = [
    .idle, .dialing, .joining, .up, .draining, .backingOff, .stopping, .stopped,
  ]

  func writeLines(_ out: inout MetricsText) {
    out.write(
      "telephone_ready", .gauge, isReady ? 1 : 0, "1 while a line is joined and the token has life enough, else 0.")
    out.begin("telephone_line_state", .gauge, "1 for the state that the line is in, 0 for the others.")
    for (line, status) in lines {
      for phase in Self.phases {
        out.sample(
          ["line": line, "state": phase.rawValue.replacing(" ", with: "_")], status.phase == phase ? 1 : 0)
      }
    }
    out.begin("telephone_line_protocol", .gauge, "The protocol that the line was granted last, 1 or 2.")
    for (line, status) in lines { if let version = status.protocolVersion { out.sample(["line": line], version) } }
    out.begin("telephone_line_connections_total", .counter, "The times that the line was up.")
    for (line, status) in lines { out.sample(["line": line], status.connections) }
    out.begin(
      "telephone_line_losses_total", .counter, "Lines that were lost and attempts that failed, by the cause.")
    let labels = LineLoss.Cause.labels + status.losses.keys.filter { !LineLoss.Cause.labels.contains($0) }.sorted()
    for label in labels { out.sample(["cause": label], status.losses[label] ?? 0) }
    writeHeartbeats(&out)
  }

  private func writeHeartbeats(_ out: inout MetricsText) {
    out.begin(
      "telephone_heartbeat_round_trip_seconds", .gauge, "How long the last heartbeat took that was answered.")
    for (line, status) in lines {
      for (of, roundTrip) in [("socket", status.roundTrip), ("channel", status.channelRoundTrip)] {
        if let roundTrip { out.sample(["line": line, "of": of], roundTrip.last.asSeconds) }
      }
    }
    out.begin(
      "telephone_heartbeat_smoothed_round_trip_seconds", .gauge,
      "A mean of the round trips in which each new one counts an eighth.")
    for (line, status) in lines {
      for (of, roundTrip) in [("socket", status.roundTrip), ("channel", status.channelRoundTrip)] {
        if let roundTrip { out.sample(["line": line, "of": of], roundTrip.smoothed.asSeconds) }
      }
    }
    out.begin(
      "telephone_last_heartbeat_timestamp_seconds", .gauge, "When a heartbeat was last answered, in Unix time.")
    for (line, status) in lines {
      for (of, date) in [("socket", status.lastHeartbeat), ("channel", status.lastChannelHeartbeat)] {
        if let date { out.sample(["line": line, "of": of], date.timeIntervalSince1970) }
      }
    }
  }

  /// Each line with its number, from 1.
  private var lines: [(String, LineStatus)] { status.lines.enumerated().map { ("\($0 + 1)", $1) } }
}

extension LineLoss.Cause {
  /// The ``label`` of every cause, so that each is there, with 0, before it first happens.
  static let labels = [
    "channel_closed", "channel_crashed", "connect_timeout", "connection_lost", "connection_refused", "cancelled",
    "framing_broken", "gateway_drained", "gateway_restart", "grant_not_accepted", "heartbeat_failed", "heartbeat_late",
    "invalid_url", "join_refused", "join_timeout", "name_not_resolved", "not_a_websocket", "socket_closed",
    "socket_lost", "tls_failed", "tls_not_trusted", "token_refused", "unreachable", "upgrade_refused",
    "upgrade_timeout",
  ].sorted()
}
