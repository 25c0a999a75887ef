import ArgumentParser
import Logging

/// How loud the log is. It goes to standard error.
struct LogOptions: ParsableArguments {
  enum Level: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error
  }

  @Option(help: "The least severe level that is logged.")
  var logLevel = Level.info

  func logger(_ label: String) -> Logger {
    var logger = Logger(label: label, factory: StreamLogHandler.standardError(label:))
    logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    return logger
  }
}
