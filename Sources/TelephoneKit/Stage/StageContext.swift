public import Foundation
public import Logging

/// What a stage is given when it is built.
public struct StageContext: Sendable {
  /// The id of this use of the stage; its name, if the file gives no id.
  public let id: String
  public let clock: any Clock<Duration>
  /// The date of now, for what is dated by the calendar, such as a token. In a dry-run and in tests it goes with ``clock``.
  public let date: @Sendable () -> Date
  public let logger: Logger
  /// The folder of the pipeline file: relative paths in options start here.
  public let directory: String
  /// `false` in a dry-run without a live backend: then a stage must not open any socket, now or later.
  public let mayConnect: Bool
  /// Where ``mayConnect`` is false: files that hold what is behind some URLs, such as key sets.
  package let filesOfURLs: [String: String]

  let work: BackgroundWork
  let hidden = HiddenPlaces()
  let files: ReadFiles

  /// - Parameter files: where the files are noted that the stage reads.
  package init(
    id: String, clock: any Clock<Duration> = ContinuousClock(), date: @escaping @Sendable () -> Date = { Date() },
    logger: Logger, directory: String = ".", mayConnect: Bool = true, filesOfURLs: [String: String] = [:],
    work: BackgroundWork = BackgroundWork(), files: ReadFiles? = nil
  ) {
    self.id = id
    self.clock = clock
    self.date = date
    self.logger = logger
    self.directory = directory
    self.mayConnect = mayConnect
    self.filesOfURLs = filesOfURLs
    self.work = work
    self.files = ReadFiles(in: files)
  }

  /// Says where credentials stand that this stage reads, so that every trace of the pipeline hides them, also in stages
  /// that come before.
  public func hide(_ change: (inout Redaction) -> Void) {
    hidden.hide(change)
  }

  /// Starts work that lives as long as the stage: it is cancelled and awaited before the stage is shut down.
  public func background(_ operation: @escaping @Sendable () async -> Void) {
    work.begin(operation)
  }

  /// The path of a file that the stage reads, seen from the folder of the pipeline file. Call it before the file is read: a
  /// change of it makes `telephone run --watch` load the pipeline again, and whenever that is loaded again, a stage whose
  /// files have changed is built anew.
  public func path(_ path: String) -> String {
    let path = outputPath(path)
    files.note(path)
    return path
  }

  /// The same for a file that the stage writes, or a socket: nobody watches it.
  public func outputPath(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(directory)/\(path)"
  }

  /// Whether a stage of the same id would find the same here.
  func isLike(_ other: StageContext) -> Bool {
    directory == other.directory && mayConnect == other.mayConnect
  }
}

/// Why a stage could not be built.
public struct StageBuildError: Error, CustomStringConvertible {
  /// What is wrong and what to do.
  public var sentence: String
  /// The option at fault, if it is one: its name in YAML.
  public var option: String?
  public var cause: (any Error)?

  public init(_ sentence: String, option: String? = nil, cause: (any Error)? = nil) {
    self.sentence = sentence
    self.option = option
    self.cause = cause
  }

  public var description: String { sentence }
}
