import Foundation
package import Logging

/// Hands what is logged to a ``LogWriter``, which writes it in the order in which it came.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
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

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var metadata = metadata
    if let provided = metadataProvider?.get() { metadata.merge(provided) { _, new in new } }
    if let own = event.metadata { metadata.merge(own) { _, new in new } }
    if let error = event.error { metadata["error"] = "\(error)" }
    let entry = LogEntry(
      date: Date(), level: event.level, label: label, message: event.message.description,
      fields: LogEntry.fields(metadata))
    // Made here: a value that is no string may change until the writer's turn comes.
    let line = format.line(entry, hasColor: hasColor)
    writer.write(size: line.utf8.count + 64) { $0 += line }
  }
}
