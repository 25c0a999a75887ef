/// A JSON value (RFC 8259), read as strictly as a token must be.
///
/// Foundation's `JSONDecoder` keeps the first of two members with one name and takes a comma before a closing brace.
/// RFC 7515 section 4 and RFC 7519 section 4 ask for the refusal of repeated names (or for the last): a backend that
/// reads the token again must not see other claims than the ones that were checked here. So a repeated name, a lone
/// surrogate, a byte order mark or anything after the value is refused (RFC 7493, I-JSON).
package enum StrictJSON: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number, and how it was written: a long integer loses digits in a `Double`. Infinite where the text is too large.
  case number(Double, text: String)
  case string(String)
  case array([StrictJSON])
  case object(Object)

  /// How deep arrays and objects may be nested.
  package static let maximumDepth = 32

  /// The members of an object. Names are compared octet by octet (RFC 7515 section 10.13), not as Swift strings are.
  package struct Object: Equatable, Sendable {
    private var members: [[UInt8]: StrictJSON] = [:]

    /// The value of the member `name`; `nil` if there is none, ``StrictJSON/null`` if it is null.
    package subscript(name: String) -> StrictJSON? { members[Array(name.utf8)] }

    package var count: Int { members.count }

    /// All names, in no order.
    package var names: [String] { members.keys.map { String(decoding: $0, as: UTF8.self) } }

    /// Adds a member; `false` if its name was there before.
    mutating func add(_ name: String, _ value: StrictJSON) -> Bool {
      members.updateValue(value, forKey: Array(name.utf8)) == nil
    }
  }

  /// What a text broke.
  package enum Fault: String, Error {
    case syntax = "is not JSON"
    case notAnObject = "is not a JSON object"
    case repeatedName = "has a member twice"
    case tooDeep = "is nested too deeply"
  }

  /// Reads a text that is one object, with white space around it at most.
  package static func object(_ octets: [UInt8]) throws(Fault) -> Object {
    var reader = StrictJSONReader(octets)
    guard case .object(let object) = try reader.readAll() else { throw .notAnObject }
    return object
  }

  /// The string, if this is one.
  package var string: String? {
    if case .string(let string) = self { string } else { nil }
  }

  /// The object, if this is one.
  package var object: Object? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The elements, if this is an array.
  package var array: [StrictJSON]? {
    if case .array(let array) = self { array } else { nil }
  }

  /// A string as it is, a number as it was written, `true` or `false`; `nil` for null, arrays and objects.
  package var text: String? {
    switch self {
    case .string(let string): string
    case .number(_, let text): text
    case .bool(let bool): bool ? "true" : "false"
    case .null, .array, .object: nil
    }
  }
}

extension String {
  /// Whether both are the same octets. Swift's `==` also takes another spelling of the same accent, and RFC 7519
  /// section 7.3 forbids that.
  func hasSameOctets(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
