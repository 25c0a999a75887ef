import Foundation
import NIOCore

/// What `/health` shows.
protocol HealthPage: Encodable {}

extension HealthPage {
  /// With members whose names have underscores, in the order of the alphabet.
  var json: ByteBuffer {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return ByteBuffer(bytes: (try? encoder.encode(self)) ?? Data("{}".utf8))
  }
}
