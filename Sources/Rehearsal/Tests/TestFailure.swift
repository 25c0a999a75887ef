package import TelephoneKit

/// Something that did not come as it was expected.
package struct TestFailure: Sendable, Hashable {
  /// What it is about: `status`, `field Content-Type`.
  package var subject: String
  /// Where the expectation stands.
  package var place: Place
  package var expected: String
  package var actual: String

  init(_ subject: String, at place: Place, expected: String, actual: String) {
    self.subject = subject
    self.place = place
    self.expected = expected
    self.actual = actual
  }
}
