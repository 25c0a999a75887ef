package import Logging

/// Something that the vault has to say. Its message is a sentence without token or secret; it goes to a log as it is.
package struct VaultNotice: Equatable, Sendable {
  package let level: Logger.Level
  package let message: String
  /// What varies: numbers, paths, claims.
  package let metadata: [String: String]

  package init(_ level: Logger.Level, _ message: String, _ metadata: [String: String] = [:]) {
    self.level = level
    self.message = message
    self.metadata = metadata
  }

  /// Writes it to a log.
  package func log(to logger: Logger) {
    logger.log(level: level, "\(message)", metadata: metadata.mapValues { .string($0) })
  }
}
