@preconcurrency import Dispatch
import Foundation
import Logging
import Synchronization

/// The signals that a process takes: SIGTERM, SIGINT (Ctrl-C) and SIGHUP (its terminal went away) ask it to end. A SIGHUP that
/// comes for another reason may ask a running agent to load its pipeline again.
///
/// | signal to end | what follows |
/// |---|---|
/// | the first | ``Request/drain``; what has not ended after a limit is cut off by the end of the process, with 70 |
/// | the second | ``Request/endAtOnce``; 750 ms later the process ends with 128 and the number of the signal |
/// | the third | the process ends, with the same code |
///
/// The limits are kept by a queue of their own, so they hold also when a stage blocks every thread that tasks run on.
final class ProcessSignals: Sendable {
  enum Request: Sendable, Equatable {
    case drain
    /// - Parameter code: what the process is to end with.
    case endAtOnce(code: Int32)
  }

  /// What is asked for, in order.
  let requests: AsyncStream<Request>
  /// The pipeline is to be loaded again. Several that come while it is count as one.
  let reloads: AsyncStream<Void>
  private let asked: AsyncStream<Request>.Continuation
  private let askedToReload: AsyncStream<Void>.Continuation
  private let steps: Mutex<EndingSteps>
  private let hangupReloads: Bool
  private let terminal = ControllingTerminal()
  private let queue = DispatchQueue(label: "signals")
  private let logger: Logger

  /// - Parameters:
  ///   - drainLimit: after the first signal, until the process is ended whatever it does.
  ///   - hangupReloads: whether SIGHUP asks for a reload. Default: it asks for the end as the others do.
  init(drainLimit: Duration, hangupReloads: Bool = false, logger: Logger) {
    (requests, asked) = AsyncStream.makeStream(of: Request.self, bufferingPolicy: .bufferingOldest(2))
    (reloads, askedToReload) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    steps = Mutex(EndingSteps(drainLimit: drainLimit))
    self.hangupReloads = hangupReloads
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
        let reloads = number == SIGHUP && hangupReloads && !terminal.isGone
        if reloads { askedToReload.yield() } else { take(number) }
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
