import TestSupport
import Testing

/// What `check` says of a file is what `run` does with it.
@Suite("telephone check and telephone run agree", .timeLimit(.minutes(3)))
struct CheckAgreementTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var stages: String
    var isGood: Bool
    var variables = ""

    init(_ name: String, _ stages: String, isGood: Bool, variables: String = "") {
      self.testDescription = name
      self.stages = stages
      self.isGood = isGood
      self.variables = variables
    }
  }

  private static let tail = "  - { stage: forward, with: { to: 'http://127.0.0.1:1' } }\n  - emit-chunks\n"

  static let cases = [
    Case("plain", tail, isGood: true),
    Case(
      "all kinds of conditions",
      "  - { stage: limit-headers, when: { any: [{ path: /a/** }, { not: { host: b } }] } }\n\(tail)", isGood: true),
    Case("a warning", "  - { stage: rate-limit, with: { rate: 1/s, key: 'claim:sub' } }\n\(tail)", isGood: true),
    Case(
      "a variable with a default", "  - { stage: limit-body, with: { max: '${SIZE}' } }\n\(tail)", isGood: true,
      variables: "SIZE: { default: 1MiB }"),
    Case(
      "an anchor and an alias",
      "  - { stage: limit-body, id: a, with: &w { max: 1MiB } }\n  - { stage: limit-body, id: b, with: *w }\n\(tail)",
      isGood: true),
    Case("an unknown stage", "  - normalise-path\n\(tail)", isGood: false),
    Case("an unknown option", "  - { stage: limit-body, with: { maxx: 1MiB } }\n\(tail)", isGood: false),
    Case("an option beside with", "  - { stage: limit-body, max: 1MiB }\n\(tail)", isGood: false),
    Case("a value out of its range", "  - { stage: limit-headers, with: { max-count: 0 } }\n\(tail)", isGood: false),
    Case(
      "a text for a list", "  - { stage: verify-jwt, with: { algorithms: HS256, secret: abcdefgh } }\n\(tail)",
      isGood: false),
    Case(
      "a URL that is none for keys",
      "  - { stage: verify-jwt, with: { algorithms: [ES256], jwks: 'ftp://id.example/keys' } }\n\(tail)", isGood: false),
    Case(
      "a public key as a secret",
      "  - { stage: verify-jwt, with: { algorithms: [HS256], secret: '-----BEGIN PUBLIC KEY-----' } }\n\(tail)",
      isGood: false),
    Case(
      "a file without a name",
      "  - { stage: verify-jwt, with: { algorithms: [ES256], public-key: '${KEY}' } }\n\(tail)",
      isGood: false, variables: "KEY: { default: '' }"),
    Case(
      "a field that no stage sees", "  - { stage: rate-limit, with: { rate: 1/s, key: 'header:Host' } }\n\(tail)",
      isGood: false),
    Case("a condition as text", "  - { stage: limit-headers, when: /api/** }\n\(tail)", isGood: false),
    Case("a status too early", "  - { stage: limit-headers, when: { status: 404 } }\n\(tail)", isGood: false),
    Case(
      "a variable that is set nowhere", "  - { stage: limit-body, with: { max: '${NOWHERE}' } }\n\(tail)", isGood: false
    ),
    Case("an id twice", "  - limit-headers\n  - limit-headers\n\(tail)", isGood: false),
    Case(
      "tracks in the wrong order", "  - emit-chunks\n  - { stage: forward, with: { to: 'http://127.0.0.1:1' } }\n",
      isGood: false),
    Case("no backend", "  - emit-chunks\n", isGood: false),
    Case(
      "a backend behind one that answers all", "  - { stage: forward, id: a, with: { to: 'http://a' } }\n\(tail)",
      isGood: false),
    Case("a tab", "  - stage: limit-body\n\twith: { max: 1MiB }\n\(tail)", isGood: false),
    Case("stages that are a map", "  forward: { to: 'http://127.0.0.1:1' }\n", isGood: false),
    Case("an include that is not there", "  - include: no-such-file.yaml\n\(tail)", isGood: false),
    Case("no YAML at all", "  - [\n", isGood: false),
  ]

  /// Runs it against a gateway's port that nobody listens on: who gets so far gives up with 75.
  private func run(_ file: String, _ environment: [String: String] = [:]) async throws -> Program.Result {
    let secret = Program.secret
    let token = try await Program.token()
    let port = try RawClient.closedPort()
    let settings = [
      "TELEPHONE_TOKEN": token, "TOKEN_SECRET": secret, "MAX_RETRIES": "0",
      "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
    ]
    return try await Program(environment: settings.merging(environment) { $1 }).run("run", file)
  }

  /// What is said of a file, line by line, without what only one of the commands prints.
  private func sentences(_ text: String, of folder: borrowing TemporaryFolder) -> [Substring] {
    let path = folder.path
    return text.split(separator: "\n").filter {
      $0.hasPrefix(path) && $0.contains(": error: ") || $0.contains(": warning: ")
    }
  }

  @Test(arguments: cases)
  func `what is good goes on, and what is not is refused with the same sentences`(_ example: Case) async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "pipeline: p\nvariables: { \(example.variables) }\nstages:\n\(example.stages)", to: "p.yaml")
    let (check, run) = (try await Program().run("check", file), try await run(file))
    #expect(check.code == (example.isGood ? 0 : 1), "\(check.output)")
    #expect(run.code == (example.isGood ? 75 : 1), "\(run.errors)")
    let told = sentences(check.output, of: folder)
    #expect(told == sentences(run.errors, of: folder))
    #expect(told.contains { $0.contains(": error: ") } == !example.isGood)
  }

  @Test func `the exception: check uses the example of a variable that is not set, and says so; run refuses`()
    async throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "pipeline: p\nvariables: { SIZE: { example: 1MiB } }\nstages:\n"
        + "  - { stage: limit-body, with: { max: '${SIZE}' } }\n\(Self.tail)", to: "p.yaml")
    let check = try await Program().run("check", file, "--notes")
    #expect(check.code == 0)
    #expect(check.output.contains("note: SIZE is not set: its example is used"))
    let refused = try await run(file)
    #expect(refused.code == 1)
    #expect(refused.errors.contains("\(file):4:40: error: the variable SIZE is set nowhere"))
    #expect(try await run(file, ["SIZE": "2MiB"]).code == 75)
  }

  @Test func `what only shows when stages are built is told by check --connect in the words of run`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "pipeline: p\nstages:\n  - { stage: verify-jwt, with: { algorithms: [RS256], public-key: gone.pem } }\n\(Self.tail)",
      to: "p.yaml")
    #expect(try await Program().run("check", file).code == 0)
    let check = try await Program().run("check", file, "--connect")
    let run = try await run(file)
    #expect(check.code == 1)
    #expect(run.code == 1)
    let told = sentences(run.errors, of: folder)
    #expect(told.count == 1)
    #expect(sentences(check.output, of: folder).starts(with: told))
  }
}
