import Foundation

/// What the system knows of this process, read from `/proc` (proc(5)). Where there is none, nothing is known.
struct ProcessFigures: Sendable {
  /// In seconds, user and system.
  var processorTime: Double?
  /// In octets.
  var residentMemory: Double?
  var openFiles: Double?

  /// It costs a few file reads; nothing of it waits for another machine.
  static func read() -> ProcessFigures {
    var figures = ProcessFigures()
    var usage = rusage()
    // The process itself, which is 0 everywhere.
    if getrusage(.init(0), &usage) == 0 {
      let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
      figures.processorTime = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(microseconds) / 1e6
    }
    if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    {
      figures.residentMemory = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      // One of them is the folder itself.
      figures.openFiles = Double(files.count - 1)
    }
    return figures
  }
}
