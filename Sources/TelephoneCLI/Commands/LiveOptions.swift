import ArgumentParser
import Logging
import TelephoneKit

/// What a running agent does beside serving: it follows its pipeline file, and records exchanges.
struct LiveOptions: ParsableArguments {
  static let bodyLimits = ByteSize.octets(0)...ByteSize.mebibytes(16)
  static let fileLimits = 1...100_000

  @Flag(help: "Load the pipeline again when a file of it changes. SIGHUP does so once, also without this.")
  var watch = false

  @Option(
    help: ArgumentHelp(
      "Record each exchange in a file of this folder, which is made if it is not there. Secrets are hidden, but bodies "
        + "may hold what clients want nobody to see.", valueName: "dir"))
  var record: String?

  @Option(
    help: ArgumentHelp("The most that is recorded of each body, up to 16MiB. (default: 64KiB)", valueName: "size"))
  var recordBodyLimit: String?

  @Option(
    help: ArgumentHelp("The most recordings in the folder; then the oldest go. (default: 1000)", valueName: "count"))
  var recordLimit: Int?

  /// - Returns: `nil` if nothing is to be recorded.
  /// - Throws: a ``CommandProblem`` that says what to mend.
  func recorder(_ logger: Logger) throws -> FileRecorder? {
    guard let record else {
      let alone = recordBodyLimit != nil ? "--record-body-limit" : recordLimit != nil ? "--record-limit" : nil
      if let alone { throw CommandProblem("\(alone) needs --record DIR.", .usage) }
      return nil
    }
    let bodyText = recordBodyLimit ?? "64KiB"
    guard let bodyLimit = ByteSize(text: bodyText), Self.bodyLimits.contains(bodyLimit) else {
      throw CommandProblem(
        "--record-body-limit must be a size such as 64KiB, from 0 to \(Self.bodyLimits.upperBound.text), not "
          + "'\(bodyText)'.", .usage)
    }
    let limit = recordLimit ?? 1000
    guard Self.fileLimits.contains(limit) else {
      throw CommandProblem(
        "--record-limit must be from \(Self.fileLimits.lowerBound) to \(Self.fileLimits.upperBound), not \(limit).",
        .usage)
    }
    do {
      let folder = try RecordingFolder(record, limit: limit)
      logger.notice(
        "exchanges are recorded",
        metadata: ["folder": "\(record)", "body_limit": "\(bodyLimit.text)", "limit": "\(limit)"])
      return FileRecorder(folder, bodyLimit: bodyLimit.octets, logger: logger)
    } catch {
      throw CommandProblem("--record: \(error.sentence)", .usage)
    }
  }
}
