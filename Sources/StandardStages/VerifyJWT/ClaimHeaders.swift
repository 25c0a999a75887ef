import HTTPTypes
import KeySets
import TelephoneKit

/// Which claims become header fields for the backend.
struct ClaimHeaders: Sendable {
  private let pairs: [(claim: String, field: HTTPField.Name)]

  /// - Parameter map: from a claim to the name of a field.
  /// - Throws: an ``OptionProblem``: a name that is none, one that is the wire's own, one that stands there twice.
  init(_ map: [String: String]) throws(OptionProblem) {
    var pairs: [(claim: String, field: HTTPField.Name)] = []
    for (claim, name) in map.sorted(by: { $0.key < $1.key }) {
      guard let field = HTTPField.Name(name) else {
        throw OptionProblem("'claims-to-headers': '\(name)' is no field name", option: "claims-to-headers")
      }
      guard field.reachesStages, !Self.reserved.contains(field) else {
        throw OptionProblem("'claims-to-headers': '\(name)' cannot be set from a claim", option: "claims-to-headers")
      }
      guard !pairs.contains(where: { $0.field == field }) else {
        throw OptionProblem("'claims-to-headers': two claims go to '\(name)'", option: "claims-to-headers")
      }
      pairs.append((claim, field))
    }
    self.pairs = pairs
  }

  /// Those that are about the body, and those that are set or left out when the request goes to the backend.
  private static let reserved: Set<HTTPField.Name> = [
    .contentLength, .trailer, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto,
  ]

  /// Whether a claim goes to that field.
  func sets(_ field: HTTPField.Name) -> Bool { pairs.contains { $0.field == field } }

  /// Takes the fields out of what came in, also where no claim takes their place: a client cannot pretend to be one.
  func remove(from fields: inout HTTPFields) {
    guard !pairs.isEmpty else { return }
    for pair in pairs { fields[values: pair.field] = [] }
    // A client must not have them taken off later either, by naming them as fields of the connection.
    let names = Set(pairs.map(\.field.canonicalName))
    let options = fields[values: .connection].joined(separator: ",").split(separator: ",").map { option in
      String(option.filter { $0 != " " && $0 != "\t" })
    }
    if options.contains(where: { names.contains($0.lowercased()) }) {
      let left = options.filter { !names.contains($0.lowercased()) }
      fields[values: .connection] = left.isEmpty ? [] : [left.joined(separator: ", ")]
    }
  }

  /// Takes the fields out of what came in, trailers too: a backend may take those for fields of the head.
  func remove(from request: inout Request) {
    guard !pairs.isEmpty else { return }
    remove(from: &request.fields)
    request.body = request.body.keepingTrailers { [self] name in !sets(name) }
  }

  /// Sets the fields whose claims are there.
  /// - Throws: a ``Refusal`` for a claim that no field can hold.
  func add(_ claims: Claims, to fields: inout HTTPFields) throws(Refusal) {
    for pair in pairs {
      guard let text = claims.text(of: pair.claim) else { continue }
      guard HTTPField.isValidValue(text) else { throw BearerChallenge.badClaim(pair.claim) }
      fields.append(HTTPField(name: pair.field, value: text))
    }
  }
}

extension Claims {
  /// - Throws: a ``TokenRejection``: two names are one text. Their octets differ, but Swift, and many a service, cannot tell
  ///   two spellings of the same accent apart, so nobody could say which of both was meant.
  init(_ token: VerifiedToken) throws(TokenRejection) { self.init(try Claim.members(of: token.claims)) }
}

extension Claims.Claim {
  init(_ value: StrictJSON) throws(TokenRejection) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .boolean(flag)
    case .number(let number, let text):
      // A number that neither type holds exactly keeps its spelling: else two users could become one.
      self = Int64(text).map(Self.integer) ?? (String(number) == text ? .number(number) : .text(text))
    case .string(let text): self = .text(text)
    case .array(let list):
      var claims: [Self] = []
      for value in list { claims.append(try Self(value)) }
      self = .list(claims)
    case .object(let object): self = .object(try Self.members(of: object))
    }
  }

  fileprivate static func members(of object: StrictJSON.Object) throws(TokenRejection) -> [String: Self] {
    var members: [String: Self] = [:]
    for name in object.names {
      guard members.updateValue(try Self(object[name] ?? .null), forKey: name) == nil else {
        throw TokenRejection(.malformed, "The token has a claim twice.")
      }
    }
    return members
  }
}
