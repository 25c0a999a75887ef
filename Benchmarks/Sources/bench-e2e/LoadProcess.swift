import BenchKit

/// A load generator: `bench-load`, or a floor.
final class LoadProcess {
  let child: Child

  init(_ program: String) throws { child = try Child(program) }

  /// Gives it a command, and returns when the measured time begins.
  func begin(_ command: LoadCommand) throws {
    child.send(command.line)
    guard let line = child.output.next(within: 60) else {
      throw BenchProblem("\(child.name) did not begin within a minute: \(child.errors.last)")
    }
    guard line.text == Measurement.begin else {
      throw BenchProblem(Measurement(line: line.text)?.problem ?? "\(child.name) said \(line.text)")
    }
  }

  func stop() { child.send("stop") }

  /// What it measured.
  func result() throws -> Measurement {
    guard let line = child.output.next(within: 90), let measurement = Measurement(line: line.text) else {
      throw BenchProblem("\(child.name) gave no result within 90 s: \(child.errors.last)")
    }
    if let problem = measurement.problem { throw BenchProblem(problem) }
    return measurement
  }
}
