import Foundation

/// Where the program writes, and whether it may use colour there: on a terminal, unless `NO_COLOR` is set
/// (no-color.org) or `TERM` is `dumb`.
struct Terminal: Sendable {
  static let output = Terminal(descriptor: STDOUT_FILENO)
  static let error = Terminal(descriptor: STDERR_FILENO)

  /// Without colours whatever it is, for what goes into a file.
  static let plain = Terminal(descriptor: STDOUT_FILENO, hasColor: false)

  private let descriptor: Int32
  let hasColor: Bool

  private init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    self.init(
      descriptor: descriptor,
      hasColor: isatty(descriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    )
  }

  private init(descriptor: Int32, hasColor: Bool) {
    self.descriptor = descriptor
    self.hasColor = hasColor
  }

  /// Prints a text and a line feed. If the output cannot be written (a full disk), the program ends with 74 and says so; if
  /// nobody reads it any more, that is no fault.
  func print(_ text: String) {
    let line = Data((text + "\n").utf8)
    do {
      try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: line)
    } catch {
      let reason = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError) ?? error as NSError
      guard descriptor == STDOUT_FILENO, reason.code != Int(EPIPE) else { return }
      Terminal.error.print("error: The output cannot be written: \(String(cString: strerror(Int32(reason.code)))).")
      exit(ExitStatus.outputFailed.rawValue)
    }
  }

  func red(_ text: String) -> String { colored(text, 31) }
  func green(_ text: String) -> String { colored(text, 32) }
  func yellow(_ text: String) -> String { colored(text, 33) }
  func dim(_ text: String) -> String { colored(text, 2) }
  func bold(_ text: String) -> String { colored(text, 1) }

  private func colored(_ text: String, _ code: Int) -> String {
    hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  /// Padded with spaces to so many characters.
  func padded(to width: Int) -> String {
    count >= width ? self : self + String(repeating: " ", count: width - count)
  }
}
