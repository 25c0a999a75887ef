import ArgumentParser
import Foundation
import TelephoneKit
import TokenVault

extension Token {
  /// `telephone token check`
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what the settings and the store hold, and whether it can be used.",
      discussion: """
        Shows the claims, the time that is left, which checks pass, and what to do; never a token. No token is changed. The \
        settings are those of telephone run. Exit code 0 if there is a token to dial with, 1 if not.

        EXAMPLES:
          telephone token check
          telephone token check --env /etc/telephone/telephone.env
          telephone token check --token-db-path /var/lib/telephone/telephone.db
        """)

    @OptionGroup var source: SettingsSource.Options
    @OptionGroup(title: "Settings") var flags: TokenFlags

    func run() async throws {
      var reader = SettingsReader(try await source.source(flags: flags.values))
      let vault = reader.vault()
      try reader.finish()
      guard let vault else { throw CommandProblem("\(Setting.token.name) cannot be used.", .usage) }
      let now = Date()
      let report = await VaultReport(vault, at: now)
      for line in report.lines(at: now) { Terminal.output.print(line) }
      if !report.isUsable { throw ExitCode(1) }
    }
  }

  /// `telephone token forget`
  struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete the tokens of the store.",
      discussion: """
        All tokens that telephone stored in TOKEN_DB_PATH are deleted and overwritten. What the Go program stored in the same \
        file stays. The next telephone run begins with TELEPHONE_TOKEN.

        EXAMPLES:
          telephone token forget
          telephone token forget --token-db-path /var/lib/telephone/telephone.db
        """)

    @OptionGroup var source: SettingsSource.Options
    @OptionGroup(title: "Settings") var flags: TokenFlags

    func run() async throws {
      var reader = SettingsReader(try await source.source(flags: flags.values))
      let store = reader.store()
      try reader.finish()
      guard let store else {
        throw CommandProblem(
          "SECRET_KEY_BASE is not set, and without it there is no token store. Set the one of telephone run.", .usage)
      }
      do throws(StoreFault) {
        let count = try await TokenVault.forget(store, at: Date())
        Terminal.output.print(count == 1 ? "1 token was forgotten." : "\(count) tokens were forgotten.")
      } catch {
        throw CommandProblem(error.sentence)
      }
    }
  }
}
