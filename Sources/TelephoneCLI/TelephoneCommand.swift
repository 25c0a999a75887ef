import ArgumentParser
import Foundation
import StandardStages
public import TelephoneKit

/// The `telephone` command line. A binary with stages of its own is a few lines:
///
/// ```swift
/// import TelephoneCLI
///
/// await TelephoneCommand.main(stages: [AddGreeting.self])
/// ```
public enum TelephoneCommand {
  /// The stages that every binary has, for tests that load a whole pipeline file.
  public static var standardStages: [any Stage.Type] { StandardStages.all }

  /// Runs the command that the arguments name, and ends the process.
  ///
  /// Exit codes: 0 good, 1 problems were found, 64 wrong usage, 69 no token can be used or an address cannot be listened on,
  /// 70 a fault of the program, 74 the output cannot be written, 75 gave up for now (`MAX_RETRIES`), 130 interrupted.
  /// `telephone run` also ends with 128 and the number of a second signal: 129 SIGHUP, 130 SIGINT, 143 SIGTERM.
  /// - Parameter stages: known beside the standard ones.
  public static func main(stages: [any Stage.Type] = []) async {
    let code = await run(Array(CommandLine.arguments.dropFirst()), stages: stages)
    exit(code)
  }

  /// Runs a command.
  /// - Returns: the exit code.
  package static func run(_ arguments: [String], stages: [any Stage.Type] = []) async -> Int32 {
    do {
      let registry = try StageRegistry(standardStages + stages)
      return await Shelf.$registry.withValue(registry) {
        do {
          var command = try Root.parseAsRoot(arguments)
          if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
          } else {
            try command.run()
          }
          return 0
        } catch {
          return report(error)
        }
      }
    } catch {
      Terminal.error.print("error: \(error)")
      return ExitStatus.internalFault.rawValue
    }
  }

  /// Says what went wrong, in a sentence, and chooses the exit code.
  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case let code as ExitCode: return code.rawValue
    case let problem as CommandProblem:
      Terminal.error.print("\(Terminal.error.red("error:")) \(problem.sentence)")
      return problem.status.rawValue
    case is CancellationError: return ExitStatus.interrupted.rawValue
    default:
      let code = Root.exitCode(for: error).rawValue
      let message = Root.fullMessage(for: error)
      if code == 0 {
        Terminal.output.print(message)
        return 0
      }
      Terminal.error.print(message)
      return code == ExitStatus.usage.rawValue ? code : ExitStatus.internalFault.rawValue
    }
  }
}

/// The stages of the binary that runs.
enum Shelf {
  @TaskLocal static var registry = StageRegistry()
}

/// The exit codes, as `sysexits.h` has them where it has them.
enum ExitStatus: Int32 {
  case problems = 1
  case usage = 64
  case unavailable = 69
  case internalFault = 70
  case outputFailed = 74
  case temporaryFailure = 75
  case interrupted = 130
}

/// Something that a person can mend, said in a sentence.
struct CommandProblem: Error {
  var sentence: String
  var status: ExitStatus

  init(_ sentence: String, _ status: ExitStatus = .problems) {
    self.sentence = sentence
    self.status = status
  }
}

/// In this target an option is a flag of the command line; those of stages are declared elsewhere.
typealias Option<Value> = ArgumentParser.Option<Value>
