import ArgumentParser
import Configuration
import Foundation

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

  /// The file that is read if none is named.
  static let usualFile = ".env"

  /// - Parameter path: a file of settings that was named; `nil`: the usual one, which may be missing.
  /// - Throws: a ``CommandProblem`` if a file that was named cannot be read, or a file has a line that is wrong.
  static func read(flags: [String: String], file path: String?) async throws -> SettingsSource {
    let isThere = path != nil || FileManager.default.fileExists(atPath: usualFile)
    let file = isThere ? try EnvironmentFile.read(path ?? usualFile, as: "settings file") : nil
    return SettingsSource(
      flags: flags, environment: EnvironmentVariablesProvider(),
      file: file.map { EnvironmentVariablesProvider(environmentVariables: $0.values) })
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
      try await SettingsSource.read(flags: flags, file: environmentFile)
    }
  }
}
