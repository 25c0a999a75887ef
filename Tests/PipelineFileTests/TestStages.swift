import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit

@testable import PipelineFile

/// Stages that do next to nothing, one for each track and a few for their options.
struct Limit: RequestStage {
  struct Options: StageOptions {
    @Option(help: "The most.", range: 1...1000) var maxCount = 100
    @Option(help: "A size.") var maxSize = ByteSize.kibibytes(64)
    @Option(help: "A time.") var wait: Duration = .seconds(1)
    @Option(help: "How to flush.") var flush = Flush.coalesce
    @Option(help: "Names.") var names: [String] = []
  }
  enum Flush: String, OptionChoice { case immediately, coalesce }
  static let name = "limit-headers"
  static let summary = "Limits."
  init(_ options: Options, _ context: StageContext) {}
  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

struct CheckToken: RequestStage {
  struct Options: StageOptions {
    @Option(help: "The secret.", secret: true) var secret: String? = nil
    @Option(help: "The key.") var key: String? = nil
    @Option(help: "The rate.") var rate = Rate(5, per: .seconds(1))

    func validate() throws {
      if (secret == nil) == (key == nil) { throw OptionProblem("give one of 'secret' and 'key'") }
    }
  }
  static let name = "verify-jwt"
  static let summary = "Checks."
  static let gives: Set<StageFact> = [.claims]
  init(_ options: Options, _ context: StageContext) {}
  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

struct Canonical: RequestStage {
  static let name = "canonical"
  static let summary = "Makes the path canonical."
  static let gives: Set<StageFact> = [.canonicalPath]
  init(_ options: NoOptions, _ context: StageContext) {}
  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

/// Counts by the path or by a claim.
struct Count: RequestStage {
  struct Options: StageOptions {
    @Option(help: "What is counted by.") var key = Key.path
  }
  enum Key: String, OptionChoice { case path, claim }
  static let name = "count"
  static let summary = "Counts."
  static func needs(with options: Options) -> Set<StageFact> { options.key == .path ? [.canonicalPath] : [.claims] }
  init(_ options: Options, _ context: StageContext) {}
  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

struct Forward: BackendStage {
  struct Options: StageOptions {
    @Option(help: "Where to.", required: "http://127.0.0.1:8080") var to: String
  }
  static let name = "forward"
  static let summary = "Forwards."
  let to: String
  init(_ options: Options, _ context: StageContext) { to = options.to }
  func respond(to exchange: Exchange) async throws -> Response { Response(text: to) }
}

struct Stamp: ResponseStage {
  static let name = "stamp"
  static let summary = "Stamps."
  init(_ options: NoOptions, _ context: StageContext) {}
  func process(_ response: inout Response, of exchange: Exchange) async throws { response.fields[.via] = "stamped" }
}

struct Emit: EmitStage {
  static let name = "emit-chunks"
  static let summary = "Emits."
  init(_ options: NoOptions, _ context: StageContext) {}
  func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    try await sink.head(response.status, response.fields)
    try await sink.end(nil)
  }
}

struct Log: FinallyStage {
  static let name = "access-log"
  static let summary = "Logs."
  init(_ options: NoOptions, _ context: StageContext) {}
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async {}
}

/// Notes when it is built and shut down; cannot be built when it is told so.
struct Lived: RequestStage {
  struct Options: StageOptions {
    @Option(help: "Whether it breaks.") var fault: String? = nil
    @Option(help: "Whose life it is.") var diary = ""
  }
  static let name = "lived"
  static let summary = "Lives."
  static let diaries = Mutex<[String: [String]]>([:])
  let id: String
  let diary: String

  init(_ options: Options, _ context: StageContext) throws {
    if let fault = options.fault { throw StageBuildError("No key in \(fault).", option: "fault") }
    id = context.id
    diary = options.diary
    note("built")
    context.background { [self] in
      while !Task.isCancelled { await Task.yield() }
      note("work over")
    }
  }

  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  func shutdown() async { note("shut down") }
  private func note(_ event: String) { Self.diaries.withLock { $0[diary, default: []].append("\(id) \(event)") } }
}

enum Fixture {
  static let stages: [any Stage.Type] = [
    Limit.self, CheckToken.self, Canonical.self, Count.self, Forward.self, Stamp.self, Emit.self, Log.self, Lived.self,
  ]

  static func loader(
    variables: [String: String] = [:], mode: PipelineMode = .check, files: [String: String] = [:]
  ) throws -> PipelineLoader {
    PipelineLoader(
      registry: try StageRegistry(stages), mode: mode, variables: { variables[$0] }, reader: MemoryFileReader(files))
  }

  /// All that is said about a file, each as `line:column: severity: sentence`, with the file's name where it is another.
  static func findings(
    _ text: String, variables: [String: String] = [:], mode: PipelineMode = .check, files: [String: String] = [:]
  ) throws -> [String] {
    let loader = try loader(variables: variables, mode: mode, files: files)
    let diagnostics: [Diagnostic]
    do {
      diagnostics = try loader.load(text: text, named: "p.yaml").notes
    } catch {
      diagnostics = error.diagnostics
    }
    return diagnostics.map { $0.headline.hasPrefix("p.yaml:") ? String($0.headline.dropFirst(7)) : $0.headline }
  }

  /// Composes a text without looking at what it means.
  static func compose(_ text: String) -> (node: YAMLNode?, findings: [String]) {
    compose(Array(text.utf8))
  }

  static func compose(_ octets: [UInt8], limits: YAMLLimits = YAMLLimits()) -> (node: YAMLNode?, findings: [String]) {
    var list = DiagnosticList()
    let node = YAMLComposer.compose(octets, file: "p", limits: limits, into: &list)
    return (node, list.finished().map { String($0.headline.dropFirst(2)) })
  }
}

extension YAMLNode {
  /// The tree in one line, to compare it with.
  var outline: String {
    switch content {
    case .unusable: "!"
    case .scalar(let scalar): scalar.isPlain ? scalar.text : "'\(scalar.text)'"
    case .sequence(let nodes): "[\(nodes.map(\.outline).joined(separator: ", "))]"
    case .mapping(let pairs): "{\(pairs.map { "\($0.key): \($0.value.outline)" }.joined(separator: ", "))}"
    }
  }
}
