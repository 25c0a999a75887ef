import Foundation
import HTTPTypes
import PipelineFile
package import TelephoneKit

/// What must come of a request. Each part is checked only if it is given.
package struct Expectation: Sendable {
  /// What must be true of a text.
  struct TextRule: Sendable {
    enum Kind: Sendable {
      case equals(String)
      case contains(String)
      /// A regular expression that matches a part of it.
      case matches(String)
    }

    var kind: Kind
    var place: Place
  }

  /// What must be true of a field.
  struct FieldRule: Sendable {
    var name: HTTPField.Name
    var place: Place
    /// Whether there must be no such field, or one; `nil`: what else is said of it tells.
    var isAbsent: Bool?
    /// All values, in order.
    var values: [String]?
    /// Of the values, joined with a comma and a space.
    var texts: [TextRule] = []
  }

  struct BodyRule: Sendable {
    var texts: [TextRule] = []
    var json: [(pointer: JSONPointer, value: JSONValue, place: Place)] = []
    /// In lower case.
    var sha256: (digest: String, place: Place)?
    /// The path of a file that holds the body, and where it is named.
    var snapshot: (path: String, place: Place)?
  }

  /// What must be true of what reached the stub.
  struct BackendRule: Sendable {
    /// How often it was called; `nil`: at least once.
    var times: Int?
    var place: Place
    var method: [TextRule] = []
    var target: [TextRule] = []
    var authority: [TextRule] = []
    var fields: [FieldRule] = []
    var body = BodyRule()
  }

  enum Chunks: Sendable {
    case count(Int)
    case sizes([Int])
  }

  package var place: Place
  var status: (ranges: [StatusRange], place: Place)?
  var interim: (codes: [Int], place: Place)?
  var fields: [FieldRule] = []
  var body = BodyRule()
  var trailers: [FieldRule] = []
  var chunks: (rule: Chunks, place: Place)?
  var decidedBy: (id: String, place: Place)?
  var outcome: (kind: Outcome.Kind, place: Place)?
  var code: (text: String, place: Place)?
  var backend: BackendRule?
}
