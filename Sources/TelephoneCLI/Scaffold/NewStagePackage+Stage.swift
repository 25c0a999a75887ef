extension NewStagePackage {
  var stage: String {
    #"""
    import HTTPTypes
    public import TelephoneKit

    /// Adds a field to requests on their way to the backend.
    ///
    /// ```yaml
    /// - stage: \#(name.text)
    ///   with: { value: "Good day, {client}", if-present: refuse }
    /// ```
    public struct \#(name.type): RequestStage {
      /// What becomes of a request that has the field already.
      public enum IfPresent: String, OptionChoice {
        case replace, keep, refuse
      }

      /// What stands under `with` in the file. A declaration gives an option its name, help, default and range; reading,
      /// checking and the reference come from it.
      public struct Options: StageOptions {
        @Option(help: "The field that is added.")
        var field = "\#(name.field)"

        @Option(help: "What it says. {client} is the client's address.")
        var value = "Hello, {client}"

        @Option(help: "What becomes of a request that has the field already.")
        var ifPresent = IfPresent.replace

        public init() {}

        /// What no single declaration can say. It runs when the file is checked, before anything is built.
        public func validate() throws {
          guard HTTPField.Name(field) != nil else {
            throw OptionProblem("'field' must be a field name (RFC 9110, 5.1), not '\(field)'", option: "field")
          }
          guard HTTPField.isValidValue(value) else {
            throw OptionProblem("'value' must be one line without spaces at its ends", option: "value")
          }
        }
      }

      /// The name in the file.
      public static let name = "\#(name.text)"
      /// The line in `\#(name.program) stages`.
      public static let summary = "Adds a field to requests."
      /// The refusals that it can give, for the reference.
      public static let answers = [
        StageAnswer(400, "field-present", "the request has the field already, and if-present is refuse")
      ]

      /// Those that options leave it: what cannot happen no test is asked for.
      public static func answers(with options: Options) -> [StageAnswer] {
        options.ifPresent == .refuse ? answers : []
      }

      private let field: HTTPField.Name
      private let value: String
      private let ifPresent: IfPresent

      /// Called once, when the pipeline is built. What costs time (files, pools) belongs here and not into `process`.
      public init(_ options: Options, _ context: StageContext) throws {
        guard let field = HTTPField.Name(options.field) else {
          throw StageBuildError("'\(options.field)' is no field name.", option: "field")
        }
        self.field = field
        self.value = options.value
        self.ifPresent = options.ifPresent
      }

      /// Called for each exchange, many at once: the stage itself never changes.
      public func process(_ exchange: Exchange) async throws -> Decision {
        if exchange.request.fields.contains(field) {
          switch ifPresent {
          case .replace: break
          case .keep: return .proceed
          case .refuse:
            throw Refusal(
              status: .badRequest, code: "field-present", "A request must not have the field \(field.rawName).")
          }
        }
        exchange.request.fields[field] = value.replacing("{client}", with: exchange.request.clientAddress ?? "stranger")
        return .proceed
      }
    }

    """#
  }
}
