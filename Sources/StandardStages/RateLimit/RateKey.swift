package import HTTPTypes
package import TelephoneKit

/// What requests are counted by.
package enum RateKey: Sendable, Hashable {
  case clientAddress
  case header(HTTPField.Name)
  case claim(String)
  case path
  case all

  /// Where nothing is known of a request, it shares one bucket with its like.
  static let unknown = "unknown"
  /// The longest key that is kept as it is, in octets. Of a longer one its beginning and a hash are kept.
  static let maximumSize = 128

  func key(of exchange: Exchange) -> String {
    let request = exchange.request
    switch self {
    case .clientAddress: return Self.bounded(request.clientAddress ?? Self.unknown)
    case .header(let name):
      let values = request.fields[values: name]
      return values.isEmpty ? Self.unknown : Self.bounded(values.joined(separator: ","))
    case .claim(let name): return Self.bounded(exchange.values[Claims.self]?.text(of: name) ?? Self.unknown)
    case .path: return Self.bounded(String(request.path))
    case .all: return "all"
    }
  }

  static func bounded(_ key: String) -> String {
    guard key.utf8.count > maximumSize else { return key }
    let start = String(decoding: key.utf8.prefix(maximumSize / 2), as: UTF8.self)
    // Hashes are seeded anew in each process, so nobody outside can look for two keys with the same.
    return "\(start)#\(key.hashValue)#\(key.utf8.count)"
  }
}

extension RateKey: OptionValue {
  package static var kind: OptionKind {
    .form(
      "client-address, header:NAME, claim:NAME, path or all", pattern: "^(client-address|path|all|(header|claim):.+)$")
  }

  package init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("client-address", 1): self = .clientAddress
    case ("path", 1): self = .path
    case ("all", 1): self = .all
    case ("claim", 2) where !parts[1].isEmpty: self = .claim(parts[1])
    case ("header", 2):
      guard let name = HTTPField.Name(parts[1]) else {
        throw OptionProblem("'\(parts[1])' is no field name", place: input.place)
      }
      guard name.reachesStages else {
        throw OptionProblem("the field '\(parts[1])' ends at the gateway, and no stage sees it", place: input.place)
      }
      self = .header(name)
    default:
      throw OptionProblem(
        "expected \(Self.kind.words), found '\(text)'", place: input.place, unknownName: parts[0],
        knownNames: ["client-address", "header", "claim", "path", "all"])
    }
  }

  package var optionText: String {
    switch self {
    case .clientAddress: "client-address"
    case .header(let name): "header:\(name.rawName)"
    case .claim(let name): "claim:\(name)"
    case .path: "path"
    case .all: "all"
    }
  }
}
