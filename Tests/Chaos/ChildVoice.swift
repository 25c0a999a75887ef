import Foundation

/// How a process of the suite talks with the one that started it: lines on standard input and output.
enum ChildVoice {
  /// One line, in one write, so that it is said whole or not at all.
  static func say(_ line: String) {
    let octets = Array((line + "\n").utf8)
    _ = octets.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }

  /// The lines that it is told; they end when nobody will tell it anything any more.
  static func commands() -> AsyncStream<String> {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    Thread.detachNewThread {
      while let line = readLine() { continuation.yield(line) }
      continuation.finish()
    }
    return stream
  }
}
