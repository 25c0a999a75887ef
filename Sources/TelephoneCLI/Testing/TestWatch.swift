@preconcurrency import Dispatch
import Foundation
import PipelineFile
import Synchronization

/// Runs something again whenever a file changes that it read. Ctrl-C ends the program with 130.
struct TestWatch: Sendable {
  /// How often the files are looked at.
  static let interval = Duration.milliseconds(250)

  var clock: any Clock<Duration> = ContinuousClock()

  /// - Parameters:
  ///   - files: the files that it begins with; what is new among them counts as a change, too.
  ///   - work: reads its files with the reader.
  func run(_ files: () -> [String], _ work: (any PipelineFileReader) async throws -> Void) async throws {
    let interrupt = Self.endOnInterrupt()
    defer { interrupt.cancel() }
    while true {
      let reader = NotingFileReader()
      let before = FileStamp.of(Set(files()))
      try await work(reader)
      // What changed while it ran is seen as it was before.
      let seen = before.merging(reader.stamps) { first, _ in first }
      Terminal.output.print(Terminal.output.dim("Watching \(seen.count) files; Ctrl-C ends."))
      while FileStamp.of(Set(files()).union(reader.stamps.keys)) == seen { try await clock.sleep(for: Self.interval) }
      Terminal.output.print("")
    }
  }

  private static func endOnInterrupt() -> any DispatchSourceSignal {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { exit(ExitStatus.interrupted.rawValue) }
    source.resume()
    return source
  }
}

/// What a file looked like from outside.
struct FileStamp: Sendable, Equatable {
  private let date: Date?
  private let octets: UInt64?

  init(_ path: String) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    date = attributes?[.modificationDate] as? Date
    octets = (attributes?[.size] as? NSNumber)?.uint64Value
  }

  static func of(_ paths: Set<String>) -> [String: FileStamp] {
    Dictionary(uniqueKeysWithValues: paths.map { ($0, FileStamp($0)) })
  }
}

/// Reads files of this machine, and knows how each looked before it was first read.
private final class NotingFileReader: PipelineFileReader {
  private let disk = DiskFileReader()
  private let noted = Mutex<[String: FileStamp]>([:])

  var stamps: [String: FileStamp] { noted.withLock { $0 } }

  func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8] {
    let stamp = FileStamp(path)
    noted.withLock { $0[path] = $0[path] ?? stamp }
    return try disk.octets(of: path, limit: limit)
  }
}
