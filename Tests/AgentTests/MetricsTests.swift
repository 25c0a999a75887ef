import HTTPTypes
import HTTPWire
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

@testable import Agent

/// The samples of a page, by their names with labels. A sample that is there twice is a fault.
func samples(_ text: String) -> [String: String] {
  var samples: [String: String] = [:]
  for line in text.split(separator: "\n") where !line.hasPrefix("#") {
    guard let space = line.lastIndex(of: " ") else {
      Issue.record("no sample: \(line)")
      continue
    }
    let name = String(line[..<space])
    if samples.updateValue(String(line[line.index(after: space)...]), forKey: name) != nil {
      Issue.record("twice: \(name)")
    }
  }
  return samples
}

@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
  @Test(arguments: [[:], GatewayEnd.protocol2] as [JSONValue])
  func `exchanges are counted by outcome, class of the status, and the step that decided`(
    _ grant: JSONValue
  ) async throws {
    let bench = Bench { request in
      switch request.target {
      case "/made": return Response(status: .created, text: "made")
      case "/refused": throw Refusal(status: .forbidden, code: "no", "No.")
      case "/failed": throw Failure(status: .badGateway, code: "gone", "Gone.")
      default: return Response(text: "fine")
      }
    }
    let asked = ["fine", "fine", "made", "refused", "failed"]
    try await bench.run { end in
      let join = try await end.join(grant)
      for (index, target) in asked.enumerated() {
        if grant == [:] {
          try await end.ask(target, join)
        } else {
          try await end.push(.get("/\(target)", stream: UInt32(index + 1)), joinRef: join.ref)
        }
      }
      try await end.serveToTheEnd()
    } _: { agent, _ in
      for _ in asked { _ = await bench.outcomes.reports.next() }
      while agent.metrics.values.inFlight != 0 || agent.metrics.values.began < asked.count { await Task.yield() }
      try await withOperationsServer(agent) { port in
        let page = try await ask("/metrics", port: port)
        let samples = samples(page.text)
        let series = samples.filter { $0.key.hasPrefix("telephone_exchanges_total{") }
        #expect(
          series == [
            #"telephone_exchanges_total{outcome="delivered",status_class="2xx",decided_by="closure-backend"}"#: "3",
            #"telephone_exchanges_total{outcome="refused",status_class="4xx",decided_by="closure-backend"}"#: "1",
            #"telephone_exchanges_total{outcome="failed",status_class="5xx",decided_by="closure-backend"}"#: "1",
          ])
        #expect(samples["telephone_exchanges_started_total"] == "5")
        #expect(samples["telephone_exchanges_in_flight"] == "0")
        #expect(samples["telephone_response_body_bytes_total"].flatMap { Int($0) } ?? 0 > 12)
        #expect(samples[#"telephone_exchange_duration_seconds_count{kind="http"}"#] == "5")
        #expect(samples[#"telephone_exchange_duration_seconds_count{kind="websocket"}"#] == "0")
        #expect(samples["telephone_backend_duration_seconds_count"] == "3")
        #expect(samples["telephone_streams_opened_total"] == (grant == [:] ? "0" : "5"))
        #expect(samples["telephone_ready"] == "1")
        #expect(samples[#"telephone_line_state{line="1",state="up"}"#] == "1")
        #expect(samples[#"telephone_line_state{line="1",state="backing_off"}"#] == "0")
        #expect(samples[#"telephone_line_protocol{line="1"}"#] == (grant == [:] ? "1" : "2"))
        #expect(samples[#"telephone_line_connections_total{line="1"}"#] == "1")
        #expect(samples["telephone_token_life_left_seconds"] == "3600")
        #expect(samples["telephone_token_expiry_timestamp_seconds"] == "1003600")
        #expect(samples["telephone_log_lines_dropped_total"] == "7")
        for cause in LineLoss.Cause.labels {
          #expect(samples["telephone_line_losses_total{cause=\"\(cause)\"}"] == "0")
        }
        let token = try token().rawValue
        #expect(!page.text.contains(token))
      }
    }
  }

  @Test func `an answer that waits for the gateway's credit is counted`() async throws {
    let bench = Bench { _ in Response(text: String(repeating: "x", count: 40_000)) }
    let clock = bench.clock
    try await bench.run { end in
      let join = try await end.join(["telephone": ["protocol": 2, "stream_credit": 16_384]])
      try await end.push(.get("/", stream: 1), joinRef: join.ref)
      // The header of a frame counts, too.
      var octets = 0
      while octets < 16_374 {
        for frame in TunnelFrame.all(in: try await end.receive().binary ?? ByteBuffer())
        where frame.kind == TunnelFrame.data {
          octets += frame.payload.readableBytes
        }
      }
      clock.advance(by: .seconds(2))
      let credit = TunnelFrame(kind: TunnelFrame.credit, stream: 1, payload: ByteBuffer(integer: UInt32(100_000)))
      try await end.push(credit, joinRef: join.ref)
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await bench.outcomes.reports.next() == .delivered)
      try await withOperationsServer(agent) { port in
        let samples = samples(try await ask("/metrics", port: port).text)
        #expect(samples["telephone_credit_waits_total"] == "1")
        // The answer may begin to wait before or after the clock is moved.
        #expect(["0", "2"].contains(samples["telephone_credit_wait_seconds_total"]))
      }
    }
  }

  @Test func `reconnects are counted by their cause, and heartbeats are timed`() async throws {
    try await withLineAfterRestart { port in
      let samples = samples(try await ask("/metrics", port: port).text)
      #expect(samples[#"telephone_line_losses_total{cause="gateway_restart"}"#] == "1")
      #expect(samples[#"telephone_line_connections_total{line="1"}"#] == "2")
      #expect(samples[#"telephone_heartbeat_round_trip_seconds{line="1",of="channel"}"#] == "0.02")
      #expect(samples[#"telephone_heartbeat_smoothed_round_trip_seconds{line="1",of="channel"}"#] == "0.02")
      #expect(samples[#"telephone_last_heartbeat_timestamp_seconds{line="1",of="socket"}"#] == "1000000")
    }
  }
}
