import Foundation
import Logging
package import TelephoneKit

/// Writes one line for each exchange that has ended, at level info, with the message `exchange`. The line is made on the
/// writer's thread: the exchange's own thread only hands over what is known.
package struct AccessLog: ExchangeObserver {
  private let label: String
  private let format: LogFormat
  private let hasColor: Bool
  private let writer: LogWriter

  package init(label: String, format: LogFormat, hasColor: Bool = false, writer: LogWriter) {
    self.label = label
    self.format = format
    self.hasColor = hasColor
    self.writer = writer
  }

  package func ended(_ record: ExchangeRecord) {
    let date = Date()
    writer.write(size: record.size, .routine) { text in
      format.append(
        LogEntry(date: date, level: .info, label: label, message: "exchange", fields: Self.fields(record)),
        hasColor: hasColor, to: &text)
    }
  }

  /// In the order of the line. What is not known is left out.
  static func fields(_ record: ExchangeRecord) -> [LogEntry.Field] {
    var fields: [LogEntry.Field] = []
    fields.reserveCapacity(12)
    fields.append(.init("id", .text(record.id.cut(toOctets: 256))))
    fields.append(.init("method", .text(record.method.cut(toOctets: 64))))
    fields.append(.init("path", .text(record.path)))
    if let status = record.status { fields.append(.init("status", .integer(status))) }
    fields.append(.init("octets_in", .integer(record.requestOctets)))
    fields.append(.init("octets_out", .integer(record.responseOctets)))
    fields.append(.init("ms", .number(milliseconds(record.duration))))
    if let duration = record.backendDuration { fields.append(.init("backend_ms", .number(milliseconds(duration)))) }
    fields.append(.init("outcome", .text(record.outcome.rawValue)))
    if let step = record.decidedBy { fields.append(.init("decided_by", .text(step))) }
    fields.append(.init("trace_id", .text(record.traceID)))
    if let version = record.protocolVersion { fields.append(.init("protocol", .integer(version))) }
    return fields
  }

  /// To the microsecond.
  static func milliseconds(_ duration: Duration) -> Double {
    (duration / .microseconds(1)).rounded() / 1000
  }
}
