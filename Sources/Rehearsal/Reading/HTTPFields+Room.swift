package import HTTPTypes

extension HTTPFields {
  /// The most fields of one message that is read from a file or a command line. `HTTPFields` itself ends the program at
  /// 65535.
  package static let most = 10_000

  /// Whether one more may be added.
  package var hasRoom: Bool { count < Self.most }
}
