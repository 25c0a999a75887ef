import Foundation
import TelephoneKit
import Tunnel

/// All that `/metrics` shows, at one moment. docs/operations.md lists it.
struct MetricsPage {
  var version: String
  var now: Date
  var startedAt: Date
  var isReady: Bool
  var tokenExpiry: Date
  var status: AgentStatus
  var exchanges: ExchangeMetrics.Values
  var tunnel: TunnelCounters.Values
  var pipelines: SwapReport
  /// `nil`: nothing is recorded.
  var recordings: RecordingCounts?
  var logLinesDropped: Int
  var process = ProcessFigures.read()

  var text: String {
    var out = MetricsText()
    writeExchanges(&out)
    writePipelines(&out)
    writeTunnel(&out)
    writeLines(&out)
    writeToken(&out)
    writeProcess(&out)
    return out.text
  }

  private func writeExchanges(_ out: inout MetricsText) {
    out.write(
      "telephone_exchanges_started_total", .counter, exchanges.began,
      "Exchanges that began: those that ended, and those in flight.")
    out.write(
      "telephone_exchanges_in_flight", .gauge, exchanges.inFlight,
      "Exchanges that have begun and not ended, open WebSockets among them.")
    out.begin(
      "telephone_exchanges_total", .counter,
      "Exchanges that ended, by outcome, class of the status, and the pipeline step that decided the answer.")
    for (labels, count) in exchanges.ended {
      out.sample(
        [
          "outcome": labels.outcome.rawValue, "status_class": labels.statusClass, "decided_by": labels.decidedBy,
        ], count)
    }
    out.begin(
      "telephone_exchange_duration_seconds", .histogram,
      "From the first stage to the last octet of the answer, or the end of the WebSocket.")
    out.sample(["kind": "http"], exchanges.duration)
    out.sample(["kind": "websocket"], exchanges.socketDuration)
    out.begin(
      "telephone_backend_duration_seconds", .histogram,
      "From the turn of the backend stage to the head of its answer.")
    out.sample([:], exchanges.backendDuration)
    out.write(
      "telephone_request_body_bytes_total", .counter, exchanges.requestOctets,
      "Octets of request bodies, and of WebSocket messages from clients, of exchanges that ended.")
    out.write(
      "telephone_response_body_bytes_total", .counter, exchanges.responseOctets,
      "Octets of answers' bodies, and of WebSocket messages to clients, of exchanges that ended.")
  }

  private func writeTunnel(_ out: inout MetricsText) {
    out.write(
      "telephone_streams_opened_total", .counter, tunnel.streams, "Streams that gateways opened on lines of protocol 2."
    )
    out.write(
      "telephone_credit_waits_total", .counter, tunnel.creditWaits,
      "Times that an answer had to wait for credit of the gateway.")
    out.write(
      "telephone_credit_wait_seconds_total", .counter, tunnel.creditWait.asSeconds,
      "How long answers waited for credit of the gateway.")
    out.write(
      "telephone_turned_away_total", .counter, tunnel.turnedAway,
      "Requests of protocol 1 that no exchange began for: too many ran, or the agent drained.")
    out.write(
      "telephone_malformed_messages_total", .counter, tunnel.malformed,
      "Messages of gateways that could not be read, and that nobody could be answered.")
    out.write(
      "telephone_unknown_events_total", .counter, tunnel.unknownEvents, "Messages of gateways whose event is not known."
    )
    out.write("telephone_websockets_opened_total", .counter, tunnel.webSockets, "WebSockets that were opened.")
    out.write(
      "telephone_websocket_overruns_total", .counter, tunnel.overruns,
      "WebSockets of protocol 1 that were closed because their receiver was too slow, or a message too large.")
    out.begin(
      "telephone_fields_left_out_total", .counter, "Response fields that protocol 1 could not carry, by the reason.")
    out.sample(["reason": "set_cookie"], tunnel.cookiesLeftOut)
    out.sample(["reason": "not_utf8"], tunnel.fieldsLeftOut)
  }

  private func writeToken(_ out: inout MetricsText) {
    out.write(
      "telephone_token_expiry_timestamp_seconds", .gauge, tokenExpiry.timeIntervalSince1970,
      "When the token in force expires, in Unix time.")
    out.write(
      "telephone_token_life_left_seconds", .gauge, max(0, tokenExpiry.timeIntervalSince(now)),
      "How long the token in force is still good; 0 if it has expired.")
  }

  private func writeProcess(_ out: inout MetricsText) {
    out.write(
      "telephone_log_lines_dropped_total", .counter, logLinesDropped,
      "Lines of the log that were left out because its reader was too slow.")
    out.begin("telephone_build_info", .gauge, "1; the version is in the label.")
    out.sample(["version": version], 1)
    out.write(
      "process_start_time_seconds", .gauge, startedAt.timeIntervalSince1970, "When the process began, in Unix time.")
    out.write(
      "process_cpu_seconds_total", .counter, process.processorTime, "Processor time of the process, user and system.")
    out.write(
      "process_resident_memory_bytes", .gauge, process.residentMemory, "Memory of the process that is resident.")
    out.write("process_open_fds", .gauge, process.openFiles, "Open file descriptors of the process.")
  }
}
