import Foundation

/// What was broken when, in a file beside the logs of the processes.
struct FaultLog {
  private let handle: FileHandle?

  init(folder: String) {
    let path = folder + "/faults.log"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    handle = FileHandle(forWritingAtPath: path)
  }

  /// One line, with the time of day as the other logs have it.
  func note(_ words: String) {
    try? handle?.write(
      contentsOf: Data(
        "\(Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))) \(words)\n".utf8))
  }
}
