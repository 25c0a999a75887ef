import ArgumentParser
import Configuration
import SystemPackage

/// Where settings come from: flags, then the environment, then a `.env` file.
struct SettingsSource: Sendable {
  private let flags: [String: String]
  private let environment: EnvironmentVariablesProvider
  private let file: EnvironmentVariablesProvider?

  init(flags: [String: String] = [:], environment: EnvironmentVariablesProvider, file: EnvironmentVariablesProvider?) {
    self.flags = flags
    self.environment = environment
    self.file = file
  }

  /// What is set under a name; an empty value counts as not set.
  subscript(name: String) -> String? {
    for value in [flags[name], try? environment.environmentValue(forName: name), lookup(file, name)] {
      if let value, !value.isEmpty { return value }
    }
    return nil
  }

  private func lookup(_ provider: EnvironmentVariablesProvider?, _ name: String) -> String? {
    try? provider?.environmentValue(forName: name)
  }

  /// The flags that say where else to look.
  struct Options: ParsableArguments {
    @Option(
      name: .customLong("env"), help: ArgumentHelp("A file of settings, NAME=value on each line.", valueName: "file"))
    var environmentFile: String?

    /// - Throws: a ``CommandProblem`` if a file that was named cannot be read. The default, `.env`, may be missing.
    func source(flags: [String: String] = [:]) async throws -> SettingsSource {
      let path = environmentFile ?? ".env"
      do {
        let file = try await EnvironmentVariablesProvider(
          environmentFilePath: FilePath(path), allowMissing: environmentFile == nil)
        return SettingsSource(flags: flags, environment: EnvironmentVariablesProvider(), file: file)
      } catch {
        throw CommandProblem("The settings file \(path) cannot be read.", .usage)
      }
    }
  }
}
