import Foundation
import Synchronization

/// A process that this one started. What it says on standard output is read line by line, on a thread of its own; what
/// it complains of goes to a file.
final class ChildProcess: Sendable {
  let name: String
  let pid: pid_t
  private let input: Int32
  private let exit = Mutex<Int32?>(nil)
  private let said = Said()

  /// - Parameters:
  ///   - log: where standard error goes, appended.
  ///   - observe: is given each line of standard output at once.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String,
    observe: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    name = URL(fileURLWithPath: program).lastPathComponent
    var pipes: [[Int32]] = []
    for _ in 0..<2 {
      var pair: [Int32] = [0, 0]
      guard pipe(&pair) == 0 else { throw ChaosProblem("There is no pipe for \(program).") }
      for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append(pair)
    }
    let errors = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard errors >= 0 else { throw ChaosProblem("\(log) cannot be written.") }
    defer { close(errors) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // A group of its own: Ctrl-C is this process's business. And no signal is blocked, as some are here.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

    let kept = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG", "TMPDIR"].contains($0.key) }
    let variables = kept.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let argv = (["chaos"] + CleanStart.arguments(program, arguments)).map { strdup($0) } + [nil]
    let envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid = pid_t()
    let code = Self.running.withLock { running in
      // Nothing is started any more once all were killed.
      guard !running.isClosed else { return ECANCELED }
      let code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, envp)
      if code == 0 { running.pids.insert(pid) }
      return code
    }
    close(pipes[0][0])
    close(pipes[1][1])
    self.pid = pid
    input = pipes[0][1]
    guard code == 0 else {
      close(input)
      close(pipes[1][0])
      throw ChaosProblem("\(program) cannot be started: \(String(cString: strerror(code))).")
    }
    Self.read(pipes[1][0]) { [said] line in
      observe(line)
      said.note(line)
    } end: { [said] in
      said.state.withLock { $0.isAll = true }
    }
  }

  deinit { close(input) }

  /// The exit status as `waitpid` gives it; `nil` while it runs.
  var status: Int32? {
    exit.withLock { exit in
      if exit == nil {
        var status: Int32 = 0
        if waitpid(pid, &status, WNOHANG) == pid {
          exit = status
          Self.running.withLock { _ = $0.pids.remove(pid) }
        }
      }
      return exit
    }
  }

  func send(_ line: String) {
    let octets = Array((line + "\n").utf8)
    _ = octets.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
  }

  /// The last line that began with a word; `nil`: there was none.
  func latest(_ word: String) -> String? { said.state.withLock { $0.latest[word]?.line } }

  /// Sends a command, if there is one, and waits for the next line that begins with a word.
  /// - Returns: `nil`: it did not come in time.
  func ask(_ command: String? = nil, for word: String, within limit: Duration) async -> String? {
    let before = command == nil ? 0 : said.state.withLock { $0.latest[word]?.number ?? 0 }
    if let command { send(command) }
    let answer: String?? = await Poll.until(within: limit, every: .milliseconds(2)) {
      said.state.withLock { said in
        if let (number, line) = said.latest[word], number > before { return .some(line) }
        // Nothing more comes.
        return said.isAll ? .some(nil) : nil
      }
    }
    return answer ?? nil
  }

  func signal(_ number: Int32) {
    if status == nil { kill(pid, number) }
  }

  /// Waits until it has ended, and all that it said was read.
  /// - Returns: the exit status; `nil`: it still runs after the time.
  func ended(within limit: Duration) async -> Int32? {
    await Poll.until(within: limit, every: .milliseconds(2)) {
      said.state.withLock { $0.isAll } ? status : nil
    } ?? status
  }

  /// Ends it at once.
  func end() async {
    signal(SIGKILL)
    _ = await ended(within: .seconds(5))
  }

  /// What a child said last, by the first word of the line.
  private final class Said: Sendable {
    struct State {
      var latest: [String: (number: Int, line: String)] = [:]
      /// Whether all that it said was read.
      var isAll = false
    }

    let state = Mutex(State())

    func note(_ line: String) {
      let word = String(line.prefix { $0 != " " })
      state.withLock { $0.latest[word] = (($0.latest[word]?.number ?? 0) + 1, line) }
    }
  }

  /// Those that run.
  private struct Running {
    var pids: Set<pid_t> = []
    var isClosed = false
  }

  private static let running = Mutex(Running())

  /// Ends all at once, and lets no other begin.
  static func endAll() {
    running.withLock { running in
      running.isClosed = true
      for pid in running.pids { kill(pid, SIGKILL) }
    }
  }

  private static func read(
    _ descriptor: Int32, line: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void
  ) {
    Thread.detachNewThread {
      var rest: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        rest += chunk[..<count]
        var start = rest.startIndex
        while let stop = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
          line(String(decoding: rest[start..<stop], as: UTF8.self))
          start = stop + 1
        }
        rest.removeSubrange(..<start)
        if rest.count > 1 << 20 { rest.removeAll() }
      }
      close(descriptor)
      end()
    }
  }
}
