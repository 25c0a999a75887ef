import PipelineFile
package import TelephoneKit

/// Why no request could be made of a file or a command line: where, and what to do about it.
package struct RequestProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, or the flag.
  package var source: String
  /// `nil` if it is about the whole.
  package var place: Place?
  /// With a capital and a full stop. Values of fields and bodies are never in it, they may be secret.
  package var sentence: String

  package init(_ sentence: String, in source: String) {
    self.source = source
    self.sentence = sentence
  }

  package init(_ sentence: String, at place: Place) {
    self.source = place.file
    self.place = place
    self.sentence = sentence
  }

  /// The description as a part of a sentence.
  package var withoutStop: String { description.hasSuffix(".") ? String(description.dropLast()) : description }

  package var description: String { "\(place.map { "\($0)" } ?? source): \(sentence)".printable() }
}
