@preconcurrency import Dispatch
import Foundation
import Logging
import Synchronization

/// The signals that ask a process to end: SIGTERM, SIGINT (Ctrl-C) and SIGHUP (its terminal went away).
///
/// | signal | what follows |
/// |---|---|
/// | the first | ``Request/drain``; what has not ended after a limit is cut off by the end of the process, with 70 |
/// | the second | ``Request/endAtOnce``; 750 ms later the process ends with 128 and the number of the signal |
/// | the third | the process ends, with the same code |
///
/// The limits are kept by a queue of their own, so they hold also when a stage blocks every thread that tasks run on.
final class EndingSignals: Sendable {
  enum Request: Sendable, Equatable {
    case drain
    /// - Parameter code: what the process is to end with.
    case endAtOnce(code: Int32)
  }

  /// What is asked for, in order.
  let requests: AsyncStream<Request>
  private let asked: AsyncStream<Request>.Continuation
  private let steps: Mutex<EndingSteps>
  private let queue = DispatchQueue(label: "signals")
  private let logger: Logger

  /// - Parameter drainLimit: after the first signal, until the process is ended whatever it does.
  init(drainLimit: Duration, logger: Logger) {
    (requests, asked) = AsyncStream.makeStream(of: Request.self, bufferingPolicy: .bufferingOldest(2))
    steps = Mutex(EndingSteps(drainLimit: drainLimit))
    self.logger = logger
  }

  /// The code that the process is to end with: not `nil` after the second signal.
  var code: Int32? { steps.withLock { $0.code } }

  /// Takes the signals from now on, until the process ends.
  func start() {
    // A reader of the log that went away ends nothing.
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGTERM, SIGINT, SIGHUP] where number != SIGHUP || !Self.isIgnored(SIGHUP) {
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      // The handler keeps the source, and so itself: nothing stops the watch.
      source.setEventHandler { [self] in
        _ = source
        take(number)
      }
      source.resume()
    }
  }

  /// `nohup` has SIGHUP ignored, and that is to stay so.
  private static func isIgnored(_ number: Int32) -> Bool {
    var old = sigaction()
    guard sigaction(number, nil, &old) == 0 else { return false }
    return unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private func take(_ number: Int32) {
    let step = steps.withLock { $0.next(number) }
    if let request = step.request { asked.yield(request) }
    guard let limit = step.limit else { return end(step.code) }
    queue.asyncAfter(deadline: .now() + limit / .seconds(1)) { [self] in
      if code == nil { logger.critical("the drain did not end", metadata: ["after": "\(limit)"]) }
      end(step.code)
    }
  }

  /// Nothing is flushed or awaited: something hangs.
  private func end(_ code: Int32) { _exit(code) }
}

/// What follows from each signal.
struct EndingSteps {
  struct Step: Equatable {
    var request: EndingSignals.Request?
    /// Until the process is ended whatever it does; `nil`: now.
    var limit: Duration?
    /// What it is ended with then.
    var code: Int32
  }

  /// For what is cut off to end: the `finally` stages, the close frame.
  static let endLimit = Duration.milliseconds(750)

  private let drainLimit: Duration
  private var count = 0
  /// 128 and the number of the second signal, as a shell shows the end of a process by a signal.
  private(set) var code: Int32?

  init(drainLimit: Duration) { self.drainLimit = drainLimit }

  mutating func next(_ number: Int32) -> Step {
    count += 1
    guard count > 1 else { return Step(request: .drain, limit: drainLimit, code: 70) }
    let code = code ?? 128 + number
    self.code = code
    return count == 2
      ? Step(request: .endAtOnce(code: code), limit: Self.endLimit, code: code) : Step(request: nil, code: code)
  }
}
