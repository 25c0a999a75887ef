import Logging
import TelephoneKit

/// Looks at the files of a pipeline once a second, and has it loaded again when one has changed and nobody writes any more.
///
/// It asks for facts about files, by their paths, and reads none. So it works on every file system, also where editors put
/// a new file in the place of the old one, or Kubernetes turns a link elsewhere.
struct PipelineWatch {
  static let interval = Duration.seconds(1)

  let reloader: PipelineReloader
  let clock: any Clock<Duration>
  let logger: Logger

  /// Goes on until its task is cancelled.
  func run(reload: () async -> Void) async {
    var change = SettlingChange()
    var waits = false
    while (try? await clock.sleep(for: Self.interval)) != nil {
      let known = reloader.files
      guard change.hasSettled(ReadFiles.facts(of: known.keys), known: known) else { continue }
      guard reloader.pipeline.hasRoom else {
        if !waits {
          logger.warning(
            "pipeline waits to be swapped: too many that were replaced still have exchanges",
            metadata: ["replaced": "\(reloader.pipeline.report.replaced)"])
        }
        waits = true
        continue
      }
      waits = false
      await reload()
    }
  }
}

/// Tells when files that have changed stay as they are: what is half written is not read.
struct SettlingChange {
  private var last: ReadFiles.Facts?

  /// Called at each look.
  /// - Parameter known: how the files were when they were last read.
  /// - Returns: whether they are others now, and the same as at the last look.
  mutating func hasSettled(_ facts: ReadFiles.Facts, known: ReadFiles.Facts) -> Bool {
    guard facts != known else {
      last = nil
      return false
    }
    defer { last = facts }
    return facts == last
  }
}
