import ArgumentParser
import Foundation
import KeySets
import TelephoneKit

/// `telephone token`
struct Token: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at the agent's token, forget it, or make one to dial a switchboard with.",
    subcommands: [Check.self, Issue.self, Forget.self])

  func run() async throws {
    throw CommandProblem("Say what about the token: check, issue or forget. See telephone token --help.", .usage)
  }

  /// `telephone token issue`
  struct Issue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a token for a path id.",
      discussion: """
        It is a JWT with the claims sub, jti, path_id, iat and exp, signed with HS256 and TOKEN_SECRET, else \
        SECRET_KEY_BASE. The switchboard must have the same secret.

        EXAMPLES:
          telephone token issue --path demo --ttl 1h
          export TELEPHONE_TOKEN=$(telephone token issue --path demo)
        """)

    @Option(help: ArgumentHelp("The path id that the token opens.", valueName: "path_id"))
    var path: String

    @Option(help: ArgumentHelp("How long the token lives.", valueName: "duration"))
    var ttl = "1h"

    @Option(help: ArgumentHelp("The sub claim.", valueName: "name"))
    var subject = "telephone"

    @Option(help: "TOKEN_SECRET: The secret to sign with.")
    var tokenSecret: String?

    @OptionGroup var source: SettingsSource.Options

    func run() async throws {
      let source = try await source.source(flags: tokenSecret.map { [Setting.tokenSecret.name: $0] } ?? [:])
      guard let lifetime = Duration(text: ttl), lifetime >= .seconds(1) else {
        throw CommandProblem("--ttl must be a duration of at least 1s, such as 30m or 24h, not '\(ttl)'.", .usage)
      }
      guard !path.isEmpty, path.utf8.count <= 1024 else {
        throw CommandProblem("--path must have from 1 to 1024 octets.", .usage)
      }
      let token = try TokenIssuer(secret: try TokenSecret.read(source)).issue(
        subject: subject, pathID: path, id: UUID().uuidString.lowercased(), issuedAt: Date(), lifetime: lifetime)
      Terminal.output.print(token)
    }
  }
}
