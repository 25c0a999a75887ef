import ArgumentParser
import Logging

/// How loud the log is, and how its lines are written. It goes to standard error.
struct LogOptions: ParsableArguments {
  enum Level: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error
  }

  @Option(help: "The least severe level that is logged.")
  var logLevel = Level.info

  @Option(help: "How lines of the log are written: for people, or as one JSON object each.")
  var logFormat = LogFormat.text

  private var level: Logger.Level { Logger.Level(rawValue: logLevel.rawValue) ?? .info }

  func logger(_ label: String) -> Logger {
    LogWriter.standardError.format = logFormat
    var logger = Logger(label: label) { label in
      LineLogHandler(
        label: label, format: logFormat, hasColor: Terminal.error.hasColor, writer: LogWriter.standardError)
    }
    logger.logLevel = level
    return logger
  }

  /// Writes the access lines of the same log.
  /// - Returns: `nil` if the level is above info, so that there are none.
  func accessLog(_ label: String) -> AccessLog? {
    guard level <= .info else { return nil }
    return AccessLog(
      label: label, format: logFormat, hasColor: Terminal.error.hasColor, writer: LogWriter.standardError)
  }
}

/// Whether each exchange has a line in the log.
struct AccessLogOptions: ParsableArguments {
  enum Switch: String, ExpressibleByArgument, CaseIterable { case on, off }

  @Option(help: "Whether each exchange that ended has a line in the log, at level info.")
  var accessLog = Switch.on

  /// - Returns: `nil` if it is off, or the level leaves it out.
  func observer(_ log: LogOptions, label: String) -> AccessLog? {
    accessLog == .on ? log.accessLog(label) : nil
  }
}
