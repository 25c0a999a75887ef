package import HTTPTypes
package import TelephoneKit

/// What stands under `when`: a structured condition that was checked when the file was loaded.
package indirect enum Matcher: Sendable, Hashable {
  /// The path part of the target as it is then, octet for octet.
  case path([Glob])
  /// The method token; case matters (RFC 9110, 9.1).
  case method([String])
  /// Any of the field's values.
  case header(HTTPField.Name, HeaderTest)
  case host([HostPattern])
  case clientAddress([AddressRange])
  /// The status of the answer: never before the response track.
  case status([StatusRange])
  case all([Matcher])
  case any([Matcher])
  case not(Matcher)

  package enum HeaderTest: Sendable, Hashable {
    case present(Bool)
    /// Whole values, one of which must be there. In a pattern `*` stands for any octets; in a secret it is just a star.
    case value(patterns: [String], secrets: [String])
  }
}

extension Matcher: Condition {
  package func matches(_ exchange: Exchange) -> Bool {
    matches(exchange.request, status: exchange.status?.code)
  }

  /// - Parameter status: of the answer, `nil` as long as there is none.
  package func matches(_ request: Request, status: Int? = nil) -> Bool {
    switch self {
    case .path(let globs):
      let path = request.path
      return globs.contains { $0.matches(path) }
    case .method(let tokens): return tokens.contains(request.method.rawValue)
    case .header(let name, .present(let isPresent)): return request.fields.contains(name) == isPresent
    case .header(let name, .value(let patterns, let secrets)):
      let values = request.fields[values: name]
      let isSecret = values.contains { value in
        // All of them, so that the time tells nothing.
        secrets.reduce(false) { Self.isSame($1, value) || $0 }
      }
      return isSecret
        || patterns.contains { pattern in
          let pattern = Array(pattern.utf8)
          return values.contains { Glob.matches($0, wholly: pattern) }
        }
    case .host(let patterns): return patterns.contains { $0.matches(request.authority) }
    case .clientAddress(let ranges):
      guard let address = request.clientAddress else { return false }
      return ranges.contains { $0.contains(address) }
    case .status(let ranges):
      guard let status else { return false }
      return ranges.contains { $0.contains(status) }
    case .all(let matchers): return matchers.allSatisfy { $0.matches(request, status: status) }
    case .any(let matchers): return matchers.contains { $0.matches(request, status: status) }
    case .not(let matcher): return !matcher.matches(request, status: status)
    }
  }

  /// Compares in a time that depends on the lengths only: who guesses learns nothing of how much was right.
  private static func isSame(_ secret: String, _ value: String) -> Bool {
    guard secret.utf8.count == value.utf8.count else { return false }
    return zip(secret.utf8, value.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  package var description: String {
    switch self {
    case .path(let globs): "path \(Self.list(globs.map(\.text)))"
    case .method(let tokens): "method \(Self.list(tokens))"
    case .header(let name, .present(true)): "header \(name.rawName) present"
    case .header(let name, .present(false)): "header \(name.rawName) absent"
    case .header(let name, .value(let patterns, let secrets)):
      "header \(name.rawName) \(Self.list(patterns + (secrets.isEmpty ? [] : [Redaction.mark])))"
    case .host(let patterns): "host \(Self.list(patterns.map(\.text)))"
    case .clientAddress(let ranges): "client-address \(Self.list(ranges.map(\.text)))"
    case .status(let ranges): "status \(Self.list(ranges.map(\.text)))"
    case .all(let matchers): matchers.map { $0.nested(in: self) }.joined(separator: " and ")
    case .any(let matchers): matchers.map { $0.nested(in: self) }.joined(separator: " or ")
    case .not(let matcher): "not \(matcher.nested(in: self))"
    }
  }

  private static func list(_ texts: [String]) -> String { texts.joined(separator: "|") }

  /// Parentheses only where they are needed.
  private func nested(in outer: Matcher) -> String {
    switch (outer, self) {
    case (.all, .any), (.any, .all), (.not, .any), (.not, .all): "(\(description))"
    default: description
    }
  }
}
