import Foundation

extension JSONEncoder {
  /// A value as JSON for files and reports: the same text for the same value, without a line feed at its end.
  /// - Parameter keys: how names of members are written. Default: as they are.
  static func report(_ value: some Encodable, keys: KeyEncodingStrategy = .useDefaultKeys) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = keys
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
