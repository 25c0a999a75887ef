extension Duration {
  /// Reads a duration as Go writes them: one or more decimal numbers, each with a unit, added up: `250ms`, `2s`,
  /// `1m30s`, `1.5h`; `0` needs no unit. Units are `ns`, `us`, `µs`, `ms`, `s`, `m`, `h`. `nil` for anything else, also
  /// for what is negative or longer than about 290 years.
  public init?(text: some StringProtocol) {
    if text == "0" {
      self = .zero
      return
    }
    var rest = text[...]
    var seconds = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest[number.endIndex...]
      let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
      rest = rest[unit.endIndex...]
      guard let value = Double(number), let scale = Self.secondsPerUnit[String(unit)] else { return nil }
      seconds += value * scale
    }
    guard seconds.isFinite, seconds < 9_000_000_000 else { return nil }
    self = .nanoseconds(Int64((seconds * 1e9).rounded()))
  }

  private static let secondsPerUnit: [String: Double] = [
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
  ]

  /// A regular expression (ECMA-262) for editors: all texts that are read match it, and few others.
  package static let pattern = "(0|([0-9.]+(\(secondsPerUnit.keys.sorted().joined(separator: "|"))))+)"

  /// The duration in seconds.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The duration as it would be written in a file: `1m30s`, `250ms`.
  public var text: String {
    let nanoseconds = components.attoseconds / 1_000_000_000
    if components.seconds == 0, nanoseconds == 0 { return "0s" }
    for (unit, size) in [("ms", 1_000_000), ("us", 1000), ("ns", 1)] as [(String, Int64)]
    where components.seconds == 0 && nanoseconds % size == 0 { return "\(nanoseconds / size)\(unit)" }
    guard nanoseconds == 0, components.seconds > 0 else { return "\(inSeconds)s" }
    let (hours, minutes, seconds) = (components.seconds / 3600, components.seconds / 60 % 60, components.seconds % 60)
    return (hours > 0 ? "\(hours)h" : "") + (minutes > 0 ? "\(minutes)m" : "") + (seconds > 0 ? "\(seconds)s" : "")
  }
}

extension Duration: OptionValue {
  public static var kind: OptionKind { .duration }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    guard let duration = Duration(text: text) else {
      throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
    self = duration
  }

  public var optionText: String { text }
}
