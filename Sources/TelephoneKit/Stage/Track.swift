/// The part of the way that a stage works on. The tracks follow each other in this order, in the file and in time.
public enum Track: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Looks at the request, changes it, refuses it, or answers it.
  case request
  /// Makes the answer; the first whose `when` matches.
  case backend
  /// Looks at the answer and changes it, also a refusal's.
  case response
  /// Writes the answer to the sink.
  case emit
  /// Sees how the exchange ended.
  case finally

  public static func < (left: Track, right: Track) -> Bool { left.order < right.order }

  private var order: Int {
    switch self {
    case .request: 0
    case .backend: 1
    case .response: 2
    case .emit: 3
    case .finally: 4
    }
  }
}
