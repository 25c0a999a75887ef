import Foundation

/// Ctrl-C, SIGTERM and SIGHUP end all children, then this process.
enum Interrupts {
  /// Called before any thread is started: each inherits what is blocked.
  static func watch(_ cleanUp: @escaping @Sendable () -> Void) {
    signal(SIGPIPE, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    Thread.detachNewThread {
      var signals = waited
      var number: Int32 = 0
      while sigwait(&signals, &number) != 0 {}
      ChildProcess.endAll()
      cleanUp()
      Terminal.error.print("Interrupted.")
      exit(128 + number)
    }
  }
}
