import Foundation
package import HTTPTypes
package import TelephoneKit

/// Where a request carries its token.
package enum TokenPlace: Sendable, Hashable {
  /// `Authorization: Bearer TOKEN` (RFC 6750, 2.1).
  case bearer
  case header(HTTPField.Name)
  case cookie(String)
  case query(String)

  /// What was found at the place.
  enum Found: Equatable {
    case nothing
    case token(String)
    /// More than one token, or something that cannot be one (RFC 6750, 3.1, `invalid_request`).
    case unusable
  }

  func find(in request: Request) -> Found {
    switch self {
    case .bearer: Self.bearerToken(request.fields[values: .authorization])
    case .header(let name): Self.only(request.fields[values: name])
    case .cookie(let name): Self.only(Self.cookies(name, request.fields[values: .cookie]))
    case .query(let name): Self.only(Self.queryItems(name, request.query ?? ""))
    }
  }

  /// The field that the token stands in, if it is one.
  var field: HTTPField.Name? {
    switch self {
    case .bearer: .authorization
    case .header(let name): name
    case .cookie: .cookie
    case .query: nil
    }
  }

  /// Hides the place in traces.
  func hide(_ redaction: inout Redaction) {
    switch self {
    case .bearer: redaction.hide(field: .authorization)
    case .header(let name): redaction.hide(field: name)
    case .cookie: redaction.hide(field: .cookie)
    case .query(let name): redaction.hide(queryItem: name)
    }
  }

  private static func only(_ found: [String]) -> Found {
    guard let token = found.first, found.count == 1 else { return found.isEmpty ? .nothing : .unusable }
    return isToken(token) ? .token(token) : .unusable
  }

  /// Credentials of another scheme are no token, and no fault.
  private static func bearerToken(_ values: [String]) -> Found {
    guard let value = values.first, values.count == 1 else { return values.isEmpty ? .nothing : .unusable }
    let scheme = value.prefix { $0 != " " }
    guard scheme.lowercased() == "bearer" else { return .nothing }
    let token = String(value[scheme.endIndex...].drop { $0 == " " })
    return isToken(token) ? .token(token) : .unusable
  }

  /// b64token (RFC 6750, 2.1).
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { octet in
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~+/=".utf8.contains(octet)
        }
      }
  }

  /// The values of the cookies of a name (RFC 6265, 4.2.1), without double quotes around them.
  private static func cookies(_ name: String, _ values: [String]) -> [String] {
    values.flatMap { $0.utf8.split(separator: UInt8(ascii: ";")) }.compactMap { pair -> String? in
      let text = String(Substring(pair)).trimmingCharacters(in: .whitespaces)
      guard let mark = text.firstIndex(of: "="), text[..<mark] == name else { return nil }
      let value = text[text.index(after: mark)...]
      guard value.count > 1, value.first == "\"", value.last == "\"" else { return String(value) }
      return String(value.dropFirst().dropLast())
    }
  }

  private static func queryItems(_ name: String, _ query: Substring) -> [String] {
    query.utf8.split(separator: UInt8(ascii: "&")).compactMap { item -> String? in
      let text = Substring(item)
      guard let mark = text.firstIndex(of: "=") else { return nil }
      let key = String(text[..<mark])
      guard (key.removingPercentEncoding ?? key) == name else { return nil }
      let value = String(text[text.index(after: mark)...])
      return value.removingPercentEncoding ?? value
    }
  }
}

extension TokenPlace: OptionValue {
  package static var kind: OptionKind {
    .form("bearer, header:NAME, cookie:NAME or query:NAME", pattern: "^(bearer|(header|cookie|query):.+)$")
  }

  package init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("bearer", 1): self = .bearer
    case ("cookie", 2) where !parts[1].isEmpty: self = .cookie(parts[1])
    case ("query", 2) where !parts[1].isEmpty: self = .query(parts[1])
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
        knownNames: ["bearer", "header", "cookie", "query"])
    }
  }

  package var optionText: String {
    switch self {
    case .bearer: "bearer"
    case .header(let name): "header:\(name.rawName)"
    case .cookie(let name): "cookie:\(name)"
    case .query(let name): "query:\(name)"
    }
  }
}
