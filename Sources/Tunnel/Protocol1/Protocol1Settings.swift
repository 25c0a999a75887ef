/// The bounds of protocol 1 on the telephone's side.
package struct Protocol1Settings: Sendable {
  /// Exchanges at once; the next is answered 503. Default 256.
  package var maxConcurrent: Int
  /// The largest answer, in octets, that is held to be sent whole. Default 100 MiB.
  package var maxResponseSize: Int
  /// How bodies travel, as the gateway granted it.
  package var bodyEncoding: BodyEncoding

  package init(
    maxConcurrent: Int = 256, maxResponseSize: Int = 100 * 1024 * 1024, bodyEncoding: BodyEncoding = .utf8
  ) {
    self.maxConcurrent = maxConcurrent
    self.maxResponseSize = maxResponseSize
    self.bodyEncoding = bodyEncoding
  }
}
