import HTTPTypes
public import TelephoneKit

/// Adds a greeting to every answer, also to refusals: all answers pass the response track.
///
/// ```yaml
/// - stage: add-greeting
///   with: { greeting: "Good day, {client}", field: X-Greeting }
/// ```
public struct AddGreeting: ResponseStage {
  /// What stands under `with` in the file. A declaration gives an option its name, help, default and range; reading,
  /// checking, and `telephone-with-greeting stages add-greeting` come from it.
  public struct Options: StageOptions {
    @Option(help: "What to say. `{client}` is the client's address.")
    var greeting = "Hello"

    @Option(help: "The field that carries it.")
    var field = "X-Greeting"

    @Option(help: "Whether a greeting of the backend stays.")
    var keepBackends = true

    public init() {}

    /// What no single declaration can say. It runs when the file is checked, before anything is built.
    public func validate() throws {
      guard HTTPField.Name(field) != nil else {
        throw OptionProblem("'field' must be a field name (RFC 9110, 5.1), not '\(field)'", option: "field")
      }
      guard HTTPField.isValidValue(greeting) else {
        throw OptionProblem("'greeting' must be one line without spaces at its ends", option: "greeting")
      }
    }
  }

  /// The name in the file.
  public static let name = "add-greeting"
  /// The line in `telephone-with-greeting stages`.
  public static let summary = "Adds a greeting to every answer."

  private let greeting: String
  private let field: HTTPField.Name
  private let keepsBackends: Bool

  /// Called once, when the pipeline is built. What costs time (files, pools) belongs here and not into `process`.
  public init(_ options: Options, _ context: StageContext) throws {
    guard let field = HTTPField.Name(options.field) else {
      throw StageBuildError("'\(options.field)' is no field name.", option: "field")
    }
    self.field = field
    self.greeting = options.greeting
    self.keepsBackends = options.keepBackends
  }

  /// Called for each exchange, many at once: the stage itself never changes.
  public func process(_ response: inout Response, of exchange: Exchange) async throws {
    if keepsBackends, response.fields.contains(field) { return }
    response.fields[field] = greeting.replacing("{client}", with: exchange.request.clientAddress ?? "stranger")
  }
}
