import Foundation
import Logging
import Synchronization
import Testing

@testable import TelephoneCLI
@testable import TelephoneKit

@Suite(.timeLimit(.minutes(1))) struct AccessLogTests {
  private func record(_ change: (inout ExchangeRecord) -> Void = { _ in }) -> ExchangeRecord {
    var record = ExchangeRecord(
      id: "1.2.3", method: "GET", target: "/a/b?token=SECRETT", redaction: Redaction(), status: 200,
      outcome: .delivered, decidedBy: "forward", requestOctets: 11, responseOctets: 22,
      duration: .microseconds(1234), backendDuration: .microseconds(1001), traceID: TraceContextID.sample,
      isWebSocket: false, protocolVersion: 2)
    change(&record)
    return record
  }

  private enum TraceContextID { static let sample = "0af7651916cd43dd8448eb211c80319c" }

  /// The lines that records give.
  private func lines(_ records: [ExchangeRecord], _ format: LogFormat) -> [Substring] {
    let text = Mutex("")
    let writer = LogWriter { more in text.withLock { $0 += more.description } }
    let log = AccessLog(label: "telephone", format: format, writer: writer)
    for record in records {
      log.began()
      log.ended(record)
    }
    writer.flush(within: 30)
    return text.withLock { $0.split(separator: "\n") }
  }

  private func members(_ record: ExchangeRecord) throws -> [String: Any] {
    let lines = lines([record], .json)
    try #require(lines.count == 1)
    return try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
  }

  @Test func `an exchange is one line with all that is known of it`() throws {
    let text = lines([record(), record { $0.outcome = .failed }], .text)
    #expect(text.count == 2)
    #expect(
      text.first?.hasSuffix(
        " info    telephone: exchange id=1.2.3 method=GET path=/a/b status=200 octets_in=11 octets_out=22 ms=1.234 "
          + "backend_ms=1.001 outcome=delivered decided_by=forward trace_id=\(TraceContextID.sample) protocol=2")
        == true,
      "\(text)")
    let members = try members(record())
    #expect(
      Set(members.keys) == [
        "ts", "level", "label", "message", "id", "method", "path", "status", "octets_in", "octets_out", "ms",
        "backend_ms", "outcome", "decided_by", "trace_id", "protocol",
      ])
    #expect(members["message"] as? String == "exchange")
    #expect(members["status"] as? Int == 200)
    #expect(members["ms"] as? Double == 1.234)
  }

  @Test func `what is not known is left out`() throws {
    let members = try members(
      record {
        $0.status = nil
        $0.decidedBy = nil
        $0.backendDuration = nil
        $0.protocolVersion = nil
        $0.outcome = .abandoned
      })
    for name in ["status", "decided_by", "backend_ms", "protocol"] { #expect(members[name] == nil) }
    #expect(members["outcome"] as? String == "abandoned")
  }

  @Test(arguments: LogFormat.allCases)
  func `neither a query nor a secret is in a line`(_ format: LogFormat) {
    var redaction = Redaction()
    redaction.hide(secret: "swordfish-in-a-path")
    let lines = lines(
      [
        record {
          $0.redaction = redaction
          $0.target = "/swordfish-in-a-path/x?q=swordfish-in-a-path&token=SECRETT"
        }, record { $0.target = "?token=SECRETT" }, record { $0.target = "/?#?token=SECRETT" },
      ], format)
    #expect(lines.count == 3)
    for line in lines { #expect(!line.contains("swordfish") && !line.contains("SECRETT") && !line.contains("?")) }
    #expect(lines[0].contains("‹secret›/x"))
  }

  @Test(arguments: LogLineTests.hostile)
  func `whatever a client sends, its line can be read`(_ text: String) throws {
    let members = try members(
      record {
        $0.method = text
        $0.target = "/\(text)"
        $0.id = text
      })
    #expect(members["method"] as? String == text)
    #expect(members["id"] as? String == text)
    #expect(members["path"] as? String == "/\(text)")
  }

  @Test func `a client cannot make a line long`() throws {
    let long = String(repeating: "é\n", count: 30_000)
    let members = try members(
      record {
        $0.method = long
        $0.target = "/" + long
        $0.id = long
      })
    #expect((62...64).contains((members["method"] as? String)?.utf8.count ?? 0))
    #expect((members["id"] as? String)?.utf8.count ?? 0 <= 256)
    #expect((members["path"] as? String)?.utf8.count ?? 0 <= ExchangeRecord.longestPath)
    #expect(members["truncated"] == nil)
  }
}
