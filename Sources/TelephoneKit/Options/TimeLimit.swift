/// A time after which something is given up, or `none`.
public enum TimeLimit: Sendable, Hashable {
  case after(Duration)
  case none

  /// The limit as a duration; `nil` for none.
  public var duration: Duration? {
    if case .after(let duration) = self { duration } else { nil }
  }
}

extension TimeLimit: Comparable {
  /// `none` is longer than any duration.
  public static func < (left: TimeLimit, right: TimeLimit) -> Bool {
    switch (left, right) {
    case (.after(let left), .after(let right)): left < right
    case (.after, .none): true
    case (.none, _): false
    }
  }
}

extension TimeLimit: OptionValue {
  public static var kind: OptionKind {
    .form("a duration such as 30s, or none", pattern: "^(none|\(Duration.pattern))$")
  }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    if text == "none" {
      self = .none
    } else if let duration = Duration(text: text) {
      self = .after(duration)
    } else {
      throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
  }

  public var optionText: String { duration?.text ?? "none" }
}
