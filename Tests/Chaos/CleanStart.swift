import Foundation

/// Becomes another program, with standard input, output and error and no other open file: what the suite has open itself,
/// its sockets above all, must not stay open in the processes that it starts.
enum CleanStart {
  static let word = "start"

  /// What the process is started with, to become a program.
  static func arguments(_ program: String, _ arguments: [String]) -> [String] { [word, program] + arguments }

  /// Does so, if the arguments say it. Called first of all.
  static func becomeIfAsked(_ arguments: [String]) {
    guard arguments.count > 2, arguments[1] == word else { return }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 { close(descriptor) }
    var argv = arguments.dropFirst(2).map { strdup($0) } + [nil]
    execv(arguments[2], &argv)
    FileHandle.standardError.write(
      Data("\(arguments[2]) cannot be started: \(String(cString: strerror(errno)))\n".utf8))
    exit(70)
  }
}
