import Foundation

/// What a load generator is told: one line of JSON on its standard input.
package struct LoadCommand: Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// So many requests in flight, each on a connection of its own, for some time.
    case requests
    /// One request every 5 ms, whatever the answers do.
    case paced
    /// One answer, its octets counted.
    case download
    /// One request with a large body.
    case upload
    /// One answer that goes on until the line `stop` comes.
    case stream
    /// So many open answers of which nothing more comes, until the line `stop` comes.
    case idle
  }

  package var kind: Kind
  /// The port on 127.0.0.1.
  package var port: Int
  package var target: String
  /// Requests at once (`requests`), all requests (`paced`), connections (`idle`).
  package var count = 1
  /// Seconds before anything is measured (`requests`).
  package var warmUp = 0.5
  /// Seconds that are measured (`requests`).
  package var seconds = 2.0
  /// Octets to send (`upload`).
  package var octets = 0

  package init(_ kind: Kind, port: Int, target: String) {
    self.kind = kind
    self.port = port
    self.target = target
  }

  /// Nothing: the line is no command.
  package init?(line: String) {
    guard let command = try? JSONDecoder().decode(LoadCommand.self, from: Data(line.utf8)) else { return nil }
    self = command
  }

  package var line: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
