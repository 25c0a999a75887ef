import HTTPTypes

/// What the clients ask for.
enum ExchangeKind: String, CaseIterable, Sendable {
  /// A GET of some hundred octets, which the backend takes a moment for.
  case small
  /// A POST with a body, which the backend compares.
  case post
  /// A DELETE without a body: not safe all the same.
  case delete
  /// A GET of a few MiB.
  case large
  /// A PUT whose body is sent piece by piece.
  case upload
  /// A GET whose body comes piece by piece.
  case stream
  /// The same, and the client leaves in the middle.
  case leaving

  var method: HTTPRequest.Method {
    switch self {
    case .small, .large, .stream, .leaving: .get
    case .post: .post
    case .delete: .delete
    case .upload: .put
    }
  }

  /// Whether a backend may see it twice.
  var mayRepeat: Bool { method == .get }

  var weight: Int {
    switch self {
    case .small: 40
    case .post: 22
    case .delete: 6
    case .large: 4
    case .upload: 8
    case .stream: 14
    case .leaving: 6
    }
  }

  static func draw(using generator: inout SeededGenerator) -> ExchangeKind {
    var number = Int.random(in: 0..<allCases.reduce(0) { $0 + $1.weight }, using: &generator)
    for kind in allCases {
      number -= kind.weight
      if number < 0 { return kind }
    }
    return .small
  }
}
