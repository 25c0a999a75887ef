import Foundation

/// Lines on standard output, each written at once.
package enum Output {
  package static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  /// Lines on standard error: what went wrong, and progress.
  package static func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
