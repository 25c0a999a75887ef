/// What is wrong with the payload of a protocol 1 message.
package struct PayloadFault: Error, Sendable, Equatable {
  /// The request, check or connection that the message was about, if that can be read, so that it can be answered.
  package var requestID: String?
  /// The key at fault: `headers.x-name`.
  package var field: String
  /// What is wrong with it, in a sentence that names the key.
  package var sentence: String

  package init(requestID: String?, field: String, _ fault: String) {
    self.requestID = requestID
    self.field = field
    self.sentence = "The payload's '\(field)' \(fault)."
  }
}
