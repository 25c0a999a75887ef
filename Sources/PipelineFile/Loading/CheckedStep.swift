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

  package var stageName: String { type.name }

  /// The options in force as they would be written in a file; what is secret is hidden.
  package var values: [(name: String, text: String)] {
    options.values.map { name, text in (name, secretOptions.contains(name) ? Redaction.mark : text) }
  }
}
