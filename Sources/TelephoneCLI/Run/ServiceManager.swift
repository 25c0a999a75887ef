import Dispatch
import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Whoever started us and wants to know how we are: systemd with `Type=notify`, by the protocol of sd_notify(3).
///
/// What cannot be told is tried again, and disturbs nothing: there is one warning.
final class ServiceManager: Sendable {
  /// Between two looks at the status.
  static let interval = Duration.seconds(1)

  private struct State {
    var report = ServiceReport()
    var hasWarned = false
  }

  private let socket: NotifySocket
  /// Between two signs of life; `nil`: none are wanted.
  private let pingInterval: Duration?
  private let clock: any Clock<Duration>
  private let probe: @Sendable () async -> Void
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - watchdog: how long the manager bears to hear nothing; it hears of us after half of it.
  ///   - probe: comes back if what is to live does.
  ///   - warn: told the reason when something could not be told, once.
  init(
    socket: NotifySocket, watchdog: Duration?, clock: any Clock<Duration> = ContinuousClock(),
    probe: @escaping @Sendable () async -> Void = ServiceManager.askEventLoops,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.socket = socket
    self.pingInterval = watchdog.map { $0 / 2 }
    self.clock = clock
    self.probe = probe
    self.warn = warn
  }

  /// The manager that the environment names, if there is one.
  static func of(_ environment: [String: String], logger: Logger) -> ServiceManager? {
    of(environment) { logger.warning("the service manager cannot be told", metadata: ["reason": "\($0)"]) }
  }

  static func of(_ environment: [String: String], warn: @escaping @Sendable (String) -> Void) -> ServiceManager? {
    guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else { return nil }
    do {
      let socket = try NotifySocket(path: path)
      return ServiceManager(socket: socket, watchdog: watchdog(environment, process: getpid()), warn: warn)
    } catch {
      warn(error.sentence)
      return nil
    }
  }

  /// `WATCHDOG_USEC`, if `WATCHDOG_PID` is this process or not set, see sd_watchdog_enabled(3).
  static func watchdog(_ environment: [String: String], process: Int32) -> Duration? {
    if let named = environment["WATCHDOG_PID"], Int32(named) != process { return nil }
    guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else { return nil }
    return .microseconds(microseconds)
  }

  /// Tells that the start has succeeded, then each change of the status, and gives signs of life, until its task is
  /// cancelled.
  func run(status: @escaping @Sendable () -> String) async {
    await withDiscardingTaskGroup { group in
      if let pingInterval {
        group.addTask { [self] in
          while (try? await clock.sleep(for: pingInterval)) != nil {
            await probe()
            _ = state.withLock { send(.watchdog, &$0) }
          }
        }
      }
      repeat { tell(status()) } while (try? await clock.sleep(for: Self.interval)) != nil
    }
  }

  /// Tells that the end has begun, and how long it may take.
  func stopping(within limit: Duration, status: String) {
    state.withLock { $0.report.stop(within: limit) }
    tell(status)
  }

  /// Tells that the pipeline is loaded again, then that it was, however that ended: an agent whose new pipeline is broken
  /// goes on with the old one.
  func reload(status: () -> String, by work: () async -> Void) async {
    let isTold = state.withLock { $0.report.mayReload && send(.reloading(at: Self.monotonicTime), &$0) }
    await work()
    guard isTold else { return }
    state.withLock { $0.report.reloaded() }
    tell(status())
  }

  /// `CLOCK_MONOTONIC`.
  private static var monotonicTime: Duration { .nanoseconds(Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }

  private func tell(_ status: String) {
    state.withLock { state in
      guard let due = state.report.due(status), send(due, &state) else { return }
      state.report.told(status)
    }
  }

  private func send(_ message: NotifyMessage, _ state: inout State) -> Bool {
    do {
      try socket.send(message)
      return true
    } catch {
      if !state.hasWarned { warn(error.sentence) }
      state.hasWarned = true
      return false
    }
  }

  /// Returns when every event loop has come by: the lines, their exchanges and the operations server run on them.
  private static func askEventLoops() async {
    for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try? await loop.submit {}.get() }
  }
}
