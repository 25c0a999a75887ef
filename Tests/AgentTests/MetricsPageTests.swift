import Foundation
import Testing
import Tunnel

@testable import Agent
@testable import TelephoneKit

/// What is counted, and how it is written, without a gateway.
@Suite struct MetricsPageTests {
  static let promtool = "/usr/bin/promtool"
  static let hasPromtool = FileManager.default.isExecutableFile(atPath: promtool)

  private func record(
    _ outcome: Outcome.Kind = .delivered, status: Int? = 200, decidedBy: String? = "forward",
    duration: Duration = .milliseconds(3), backendDuration: Duration? = nil, isWebSocket: Bool = false
  ) -> ExchangeRecord {
    ExchangeRecord(
      id: "r", method: "GET", target: "/", redaction: Redaction(), status: status, outcome: outcome,
      decidedBy: decidedBy, requestOctets: 3, responseOctets: 5, duration: duration, backendDuration: backendDuration,
      traceID: "", isWebSocket: isWebSocket)
  }

  private func page(_ metrics: ExchangeMetrics, _ status: AgentStatus = AgentStatus()) -> MetricsPage {
    MetricsPage(
      version: "0.1.0", now: AgentTests.now, startedAt: AgentTests.now, isReady: false,
      tokenExpiry: AgentTests.now - 1, status: status, exchanges: metrics.values, tunnel: TunnelCounters().values,
      pipelines: SwapReport(), logLinesDropped: 0)
  }

  private func series(_ metrics: ExchangeMetrics) -> [String: String] {
    samples(page(metrics).text).filter { $0.key.hasPrefix("telephone_exchanges_total{") }
  }

  @Test func `whatever decides and whatever the status, there are few series`() {
    let metrics = ExchangeMetrics(steps: ["limit", "forward"])
    for number in 0..<20_000 {
      let outcome = Outcome.Kind.allCases[number % 4]
      metrics.began()
      metrics.ended(record(outcome, status: number - 5000, decidedBy: number % 7 == 0 ? nil : "step-\(number)"))
    }
    let series = series(metrics)
    // Outcomes, by classes of the status, by the steps, none and other.
    #expect(series.count <= 4 * 6 * 4)
    #expect(series.values.reduce(0) { $0 + (Int($1) ?? 0) } == 20_000)
    #expect(series.keys.allSatisfy { $0.contains(#"decided_by="none""#) || $0.contains(#"decided_by="other""#) })
    #expect(metrics.values.inFlight == 0)
  }

  @Test func `a status that is none, and one beyond the classes, count as none`() {
    let metrics = ExchangeMetrics(steps: ["forward"])
    for status in [nil, 0, -1, 99, 600, Int.max, Int.min] { metrics.ended(record(.failed, status: status)) }
    #expect(
      series(metrics).map(\.key) == [
        #"telephone_exchanges_total{outcome="failed",status_class="none",decided_by="forward"}"#
      ])
    for status in [100, 199, 599] { metrics.ended(record(status: status)) }
    #expect(
      Set(series(metrics).keys.filter { $0.contains("delivered") }) == [
        #"telephone_exchanges_total{outcome="delivered",status_class="1xx",decided_by="forward"}"#,
        #"telephone_exchanges_total{outcome="delivered",status_class="5xx",decided_by="forward"}"#,
      ])
  }

  @Test func `steps that are called none and other give no series twice`() {
    let metrics = ExchangeMetrics(steps: ["none", "forward", "other"])
    for step in [nil, "none", "other", "elsewhere", "forward"] { metrics.ended(record(decidedBy: step)) }
    let series = series(metrics)
    #expect(series.count == 3)
    #expect(series[#"telephone_exchanges_total{outcome="delivered",status_class="2xx",decided_by="none"}"#] == "2")
    #expect(series[#"telephone_exchanges_total{outcome="delivered",status_class="2xx",decided_by="other"}"#] == "2")
  }

  @Test func `a histogram counts each duration in every bucket that is not below it, and ends with all`() throws {
    let metrics = ExchangeMetrics(steps: [])
    let durations: [Duration] = [
      .zero, .milliseconds(1), .microseconds(1001), .milliseconds(700), .seconds(60), .milliseconds(60_001),
      .seconds(9000),
    ]
    for duration in durations { metrics.ended(record(duration: duration, backendDuration: duration)) }
    metrics.ended(record(duration: .seconds(5), isWebSocket: true))
    let text = page(metrics).text
    let expected = [2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 7]
    let bounds =
      ["0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30"]
      + ["60", "+Inf"]
    for (name, labels) in [("exchange", #"kind="http","#), ("backend", "")] {
      let lines = text.split(separator: "\n").filter {
        $0.hasPrefix("telephone_\(name)_duration_seconds_bucket{\(labels)le=")
      }
      #expect(
        lines.map(String.init)
          == zip(bounds, expected).map { bound, count in
            "telephone_\(name)_duration_seconds_bucket{\(labels)le=\"\(bound)\"} \(count)"
          })
    }
    let samples = samples(text)
    #expect(samples[#"telephone_exchange_duration_seconds_count{kind="http"}"#] == "7")
    let sum = try #require(samples[#"telephone_exchange_duration_seconds_sum{kind="http"}"#].flatMap { Double($0) })
    #expect(abs(sum - 9120.703001) < 1e-6)
    #expect(samples[#"telephone_exchange_duration_seconds_bucket{kind="websocket",le="2.5"}"#] == "0")
    #expect(samples[#"telephone_exchange_duration_seconds_bucket{kind="websocket",le="5"}"#] == "1")
    #expect(samples["telephone_request_body_bytes_total"] == "24")
    #expect(samples["telephone_response_body_bytes_total"] == "40")
  }

  @Test func `what is not known is left out, and what has expired has no life left`() {
    var page = page(ExchangeMetrics(steps: []))
    page.process = ProcessFigures()
    let samples = samples(page.text)
    #expect(samples.keys.filter { $0.hasPrefix("process_") } == ["process_start_time_seconds"])
    #expect(samples["telephone_token_life_left_seconds"] == "0")
    #expect(page.text.contains("# TYPE process_open_fds gauge\n"))
  }

  @Test func `values are written as Go reads them`() {
    var out = MetricsText()
    out.begin("x", .gauge, "A back slash \\ and\na \"line\".")
    for value in [0, -0.0, 1, 0.1, 1e-7, 1e14, 1e16, 1e300, .infinity, -.infinity, .nan] { out.sample([:], value) }
    out.sample(["l": "a\"b\\c\nd"], 1)
    #expect(
      out.text
        == #"""
        # HELP x A back slash \\ and\na "line".
        # TYPE x gauge
        x 0
        x 0
        x 1
        x 0.1
        x 1e-07
        x 100000000000000
        x 1e+16
        x 1e+300
        x +Inf
        x -Inf
        x NaN
        x{l="a\"b\\c\nd"} 1

        """#)
  }

  @Test(.enabled(if: hasPromtool, "promtool comes with the package prometheus"))
  func `promtool finds no fault in the names and in the text, whatever steps are called`() throws {
    let steps = ["a\"b", "back\\slash", "two\nlines", "é€😀", "", "{}", "none"]
    let metrics = ExchangeMetrics(steps: steps)
    for step in steps {
      for outcome in Outcome.Kind.allCases { metrics.ended(record(outcome, decidedBy: step, backendDuration: .zero)) }
    }
    var line = LineStatus()
    line.phase = .backingOff
    line.protocolVersion = 2
    line.roundTrip = RoundTrip(.milliseconds(12))
    line.channelRoundTrip = RoundTrip(.microseconds(1))
    line.lastHeartbeat = AgentTests.now
    line.lastChannelHeartbeat = AgentTests.now
    var status = AgentStatus(lines: [line, LineStatus()])
    status.losses = ["token_refused": 3, "not \"known\"": 1]
    let page = page(metrics, status).text
    #expect(try Self.check(page) == "")
    // It does look: a counter must be called so.
    #expect(try Self.check("# HELP x_count X.\n# TYPE x_count counter\nx_count 1\n").contains("_total"))
  }

  /// What `promtool check metrics` says; nothing, if all is well.
  private static func check(_ text: String) throws -> String {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: promtool)
    process.arguments = ["check", "metrics"]
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let words = String(decoding: said, as: UTF8.self)
    return process.terminationStatus == 0 ? words : words + "exit code \(process.terminationStatus)"
  }
}
