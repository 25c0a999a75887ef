package import TelephoneKit

/// A stage of a checked file: all that is known of it before it is built.
package struct CheckedStep: Sendable {
  package let id: String
  package let type: StageType
  /// Where its name stands.
  package let place: Place
  package let condition: Matcher?
  /// Where its `when` stands, if it has one.
  package let conditionPlace: Place?
  package let options: any StageOptions
  /// Where the values of the options stand that the file gives.
  package let optionPlaces: [String: Place]
  /// The options that hold something from a secret variable.
  package let secretOptions: Set<String>
  /// The variables that the values of options hold.
  package let optionVariables: [String: [VariableUse]]

  package var stageName: String { type.name }

  /// The options in force, in the order of their declaration. What is secret is hidden.
  package var values: [OptionInForce] {
    options.values.map { name, text in
      OptionInForce(
        name: name, text: secretOptions.contains(name) ? Redaction.mark : text, place: optionPlaces[name],
        variables: optionVariables[name] ?? [])
    }
  }
}

/// The value of an option, and where it came from.
package struct OptionInForce: Sendable, Hashable {
  package var name: String
  /// As it would be written in a file; empty if it has none.
  package var text: String
  /// Where the file gives it; `nil`: it is the default of the stage.
  package var place: Place?
  /// The variables that it holds.
  package var variables: [VariableUse]

  /// For people: `default`, or `demo.yaml:12, example of SECRET`.
  package var origin: String {
    guard let place else { return "default" }
    return (["\(place.file):\(place.line)"] + variables.map(\.words)).joined(separator: ", ")
  }
}
