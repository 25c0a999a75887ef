import Foundation
import Synchronization

/// A process that this one started. It is killed when it is let go of, and when this process is interrupted.
final class Child {
  let name: String
  let pid: pid_t
  let output: Lines
  let errors: Lines
  /// When it was started, in nanoseconds of the monotonic clock.
  let startedAt: UInt64
  private let input: Int32
  private var isRunning = true

  /// - Throws: ``BenchProblem``.
  init(_ program: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
    name = URL(fileURLWithPath: program).lastPathComponent
    var pipes: [[Int32]] = []
    for _ in 0..<3 {
      var pair: [Int32] = [0, 0]
      guard pipe(&pair) == 0 else { throw BenchProblem("no pipe for \(program)") }
      for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append(pair)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2)
    // The signals that this process waits for are blocked here; a child starts with none blocked.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG", "TMPDIR"].contains($0.key) }
    let variables = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var argv = ([program] + arguments).map { strdup($0) } + [nil]
    var envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid = pid_t()
    startedAt = Nanoseconds.now()
    let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
    close(pipes[0][0])
    close(pipes[1][1])
    close(pipes[2][1])
    self.pid = pid
    input = pipes[0][1]
    output = Lines(reading: pipes[1][0])
    errors = Lines(reading: pipes[2][0])
    guard code == 0 else {
      isRunning = false
      close(input)
      throw BenchProblem("\(program) cannot be started: \(String(cString: strerror(code)))")
    }
    Self.running.withLock { _ = $0.insert(pid) }
  }

  deinit { stop() }

  var usage: Usage { Usage(of: pid) }

  func send(_ line: String) {
    let octets = Array((line + "\n").utf8)
    _ = octets.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
  }

  func stop() {
    guard isRunning else { return }
    isRunning = false
    kill(pid, SIGKILL)
    Self.running.withLock { _ = $0.remove(pid) }
    waitpid(pid, nil, 0)
    close(input)
  }

  /// Those that run.
  private static let running = Mutex<Set<pid_t>>([])

  static func killAll() {
    running.withLock { pids in
      for pid in pids { kill(pid, SIGKILL) }
    }
  }
}
