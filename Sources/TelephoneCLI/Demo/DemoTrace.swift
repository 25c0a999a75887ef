import Synchronization
import TelephoneKit
import Tunnel

/// Prints the trace of each call as it happens.
enum DemoTrace {
  /// Each exchange has its own recorder; a short number in front tells the lines of two calls apart.
  static func tracer(_ redaction: Redaction) -> Protocol1Line.Tracer {
    let counter = CallCounter()
    return { _, request in
      let number = counter.next()
      let terminal = Terminal.output
      terminal.print(
        "\n\(terminal.bold("call \(number)")): \(request.method) \(redaction.shown(target: request.target))")
      return TraceRecorder { entry in
        for line in TracePrinter(terminal: terminal).lines(entry) { terminal.print("  \(number)| \(line)") }
      }
    }
  }
}

private final class CallCounter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
