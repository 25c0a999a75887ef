import HTTPTypes
package import TelephoneKit

/// Makes the path canonical, so that what policy sees is exactly what the backend gets.
///
/// Dot segments are removed, needless escapes undone, hex digits put in upper case, characters that a path may not hold
/// escaped. `%2F` stays as it is, so do a trailing slash and `//` (unless `merge-slashes`). The query is carried octet
/// for octet.
package struct NormalizePath: RequestStage {
  package struct Options: StageOptions {
    @Option(help: "Whether // becomes /.") package var mergeSlashes = false
    @Option(help: "The longest path.", range: .octets(1)...(.mebibytes(1)))
    package var maxPath = ByteSize.kibibytes(4)
    @Option(help: "The longest query, without its question mark.", range: .octets(0)...(.mebibytes(1)))
    package var maxQuery = ByteSize.kibibytes(8)

    package init() {}
  }

  package static let name = "normalize-path"
  package static let summary = "Makes the path canonical and refuses those that are ambiguous."
  package static let gives: Set<StageFact> = [.canonicalPath]
  package static let answers = PathNormalizer.Fault.allCases.map {
    StageAnswer($0.status.code, $0.rawValue, $0.reason)
  }

  private let normalizer: PathNormalizer

  package init(_ options: Options, _ context: StageContext) {
    normalizer = PathNormalizer(
      mergeSlashes: options.mergeSlashes, maxPath: options.maxPath.octets, maxQuery: options.maxQuery.octets)
  }

  package func process(_ exchange: Exchange) async throws -> Decision {
    let target = exchange.request.target
    if normalizer.isPlain(target) { return .proceed }
    let normal: String
    do {
      normal = try normalizer.normalize(target, isOptions: exchange.request.method == .options)
    } catch {
      throw Refusal(status: error.status, code: error.rawValue, error.sentence(normalizer))
    }
    if !normal.utf8.elementsEqual(target.utf8) { exchange.request.target = normal }
    return .proceed
  }
}

extension PathNormalizer.Fault {
  var status: HTTPResponse.Status {
    switch self {
    case .pathTooLong, .queryTooLong: .uriTooLong
    default: .badRequest
    }
  }

  var reason: String {
    switch self {
    case .form: "the target is in absolute or authority form, or is * without OPTIONS"
    case .character: "the target holds a control, a space, a #, or its path a backslash, also an escaped control"
    case .escape: "a % is not followed by two hex digits"
    case .climbs: "the path climbs above the root"
    case .hiddenDots: "a segment would be a dot segment once %2F or %5C were decoded, or its parameters cut off"
    case .pathTooLong: "the path is longer than max-path"
    case .queryTooLong: "the query is longer than max-query"
    }
  }

  func sentence(_ limits: PathNormalizer) -> String {
    switch self {
    case .form: "The request target must be a path that begins with a slash."
    case .character: "The request target holds a character that it must not hold."
    case .escape: "The request's path holds a % without two hex digits after it."
    case .climbs: "The request's path climbs above the root."
    case .hiddenDots: "The request's path hides a dot segment."
    case .pathTooLong: "The request's path is longer than \(limits.maxPath) octets."
    case .queryTooLong: "The request's query is longer than \(limits.maxQuery) octets."
    }
  }
}
