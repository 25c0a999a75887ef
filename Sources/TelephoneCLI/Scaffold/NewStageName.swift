import TelephoneKit

/// The name of a stage to be, and what is called after it.
struct NewStageName {
  /// As it stands in files: `add-greeting`.
  let text: String

  /// - Throws: a ``CommandProblem`` for what is no name of a stage, is the name of one that is there, or would give its
  ///   type a name that the package needs for something else.
  init(_ text: String, registry: StageRegistry) throws(CommandProblem) {
    guard StageRegistry.isName(text) else {
      let mended = String(text.lowercased().replacing(/[^a-z0-9]+/, with: "-").trimmingPrefix(/[^a-z]+/))
      let example = StageRegistry.isName(mended) ? mended : "add-greeting"
      throw CommandProblem(
        "'\(text)' is no name for a stage. Use lower-case words with dashes, such as '\(example)'.", .usage)
    }
    guard registry[text] == nil else {
      throw CommandProblem(
        "'\(text)' is a stage that this program has already. Take another name; 'telephone stages' shows all.", .usage)
    }
    guard !Self.packages.contains(text) else {
      throw CommandProblem("'\(text)' is a package that the new one needs. Take another name.", .usage)
    }
    self.text = text
    guard !Self.taken.contains(type) else {
      throw CommandProblem(
        "'\(text)' would call its type \(type), a name that is needed otherwise. Take another, such as 'my-\(text)'.",
        .usage)
    }
  }

  private var words: [String] {
    text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
  }

  /// The Swift type: `AddGreeting`.
  var type: String { words.joined() }
  /// The module that holds it: `AddGreetingStage`. A module must not be called as its type is, nor as any other module.
  var module: String { "\(type)Stage" }
  /// The program that knows it: `telephone-with-add-greeting`.
  var program: String { "telephone-with-\(text)" }
  /// The field that it begins with: `X-Add-Greeting`.
  var field: String { "X-\(words.joined(separator: "-"))" }

  /// The packages that the new one depends on.
  private static let packages: Set<String> = ["swift-http-types", "telephone"]

  /// Names that the files of the package use, also in what macros make of them, or that would make a module of such a name.
  private static let taken: Set<String> = [
    "Any", "Backend", "Bool", "Decision", "Emit", "Exchange", "ExchangeResult", "Finally", "HTTPField", "HTTPRequest",
    "IfPresent", "Option", "OptionChoice", "OptionProblem", "OptionProblems", "Options", "Pipeline",
    "PipelineFixture", "PipelineTests", "Protocol", "Refusal", "Request", "RequestStage", "Response", "Self", "Stage",
    "StageAnswer", "StageBuildError", "StageContext", "StageHarness", "StageOptions", "String", "Suite", "Swift",
    "TelephoneCommand", "Test", "Testing", "Type", "Void",
  ]
}
