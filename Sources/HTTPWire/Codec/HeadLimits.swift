/// How much of a message that is not content a decoder takes, so that its memory is bounded.
package struct HeadLimits: Sendable, Equatable {
  /// The largest head in octets, from the first of the start line to the empty line; also of one trailer section.
  /// Default 64 KiB.
  package var maxHeadSize: Int
  /// The most fields in a head, or in a trailer section. Default 256.
  package var maxFieldCount: Int

  package init(maxHeadSize: Int = 64 << 10, maxFieldCount: Int = 256) {
    self.maxHeadSize = maxHeadSize
    self.maxFieldCount = maxFieldCount
  }
}
