import Foundation
import Subprocess
import SystemPackage
import Testing

/// The `telephone` program, run as a person would run it, with an environment of its own.
struct Program {
  struct Result {
    var code: Int32?
    var output: String
    var errors: String
  }

  /// The folder of the package, where `pipelines/` is.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The program lies beside the bundle of the tests.
  static let path: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(filePath: bundle).deletingLastPathComponent().appending(path: "telephone").path
  }()

  /// A copy of it, if it is to lie somewhere else.
  var program = Program.path
  var environment: [String: String] = [:]
  var folder = Program.root
  /// A program and its arguments, which is started in place of this one and given its path and arguments.
  var launcher: [String] = []

  /// Runs the program to its end.
  func run(_ arguments: String..., input: [UInt8] = []) async throws -> Result {
    try await run(arguments: arguments, input: input)
  }

  /// Runs the program to its end.
  func run(arguments: [String], input: [UInt8] = []) async throws -> Result {
    let words = launcher + [program] + arguments
    let result = try await Subprocess.run(
      words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
      arguments: Arguments(Array(words.dropFirst())), environment: values,
      workingDirectory: FilePath(folder), input: .array(input), output: .string(limit: 8 << 20),
      error: .string(limit: 8 << 20))
    return Result(
      code: Self.code(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
  }

  /// Runs the program while a closure follows its standard error and output, line by line.
  /// - Returns: the exit code.
  func run(
    _ arguments: [String], _ body: @escaping @Sendable (RunningProgram) async throws -> Void
  ) async throws -> Int32? {
    let result = try await Subprocess.run(
      .path(FilePath(program)), arguments: Arguments(arguments), environment: values,
      workingDirectory: FilePath(folder), input: .none, output: .sequence, error: .combinedWithOutput
    ) { execution in
      let running = RunningProgram { signal in try execution.send(signal: signal) }
      try await withThrowingTaskGroup { group in
        group.addTask {
          for try await line in execution.standardOutput.strings() { running.note(line) }
          running.end()
        }
        group.addTask {
          do {
            try await body(running)
          } catch {
            try? running.send(.kill)
            throw error
          }
        }
        try await group.waitForAll()
      }
    }
    return Self.code(result.terminationStatus)
  }

  /// Runs the program to its end, with a standard error of its own, which is closed here when the program has it.
  func run(_ arguments: [String], errors: FileDescriptor) async throws -> Int32? {
    let result = try await Subprocess.run(
      .path(FilePath(Self.path)), arguments: Arguments(arguments), environment: values,
      workingDirectory: FilePath(folder), input: .none, output: .discarded,
      error: .fileDescriptor(errors, closeAfterSpawningProcess: true))
    return Self.code(result.terminationStatus)
  }

  /// Nothing of the environment that the tests run in, but where programs are.
  private var values: Environment {
    var values: [Environment.Key: String] = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"]
    for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
    return .custom(values)
  }

  private static func code(_ status: TerminationStatus) -> Int32? {
    if case .exited(let code) = status { Int32(code) } else { nil }
  }
}

extension Program {
  /// A secret that tokens are signed with.
  static let secret = "a-secret-of-more-than-thirty-two-octets-for-tests"

  /// A token for a switchboard with the secret.
  static func token(_ path: String = "demo", ttl: String = "1h", secret: String = secret) async throws -> String {
    let issued = try await Program(environment: ["TOKEN_SECRET": secret])
      .run("token", "issue", "--path", path, "--ttl", ttl)
    try #require(issued.code == 0, "\(issued)")
    return String(issued.output.dropLast())
  }
}
