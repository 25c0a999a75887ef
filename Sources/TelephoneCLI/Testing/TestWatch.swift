@preconcurrency import Dispatch
import Foundation
import PipelineFile
import TelephoneKit

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
      // What changes while it runs is noted as it was before.
      let read = ReadFiles()
      for file in files() { read.note(file) }
      try await work(NotingFileReader(into: read))
      let seen = read.facts
      Terminal.output.print(Terminal.output.dim("Watching \(FindingPrinter.count(seen.count, "file")); Ctrl-C ends."))
      while ReadFiles.facts(of: Set(files()).union(seen.keys)) == seen { try await clock.sleep(for: Self.interval) }
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
