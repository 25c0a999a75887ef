/// So many per so long: `100/s`, `5/min`, `1000/h`, `1/d`.
public struct Rate: Sendable, Hashable {
  /// How many; at least 1.
  public var count: Int
  public var period: Duration

  public init(_ count: Int, per period: Duration) {
    self.count = count
    self.period = period
  }

  /// `nil` for anything but a whole number from 1 to 1,000,000,000, a slash and one of `s`, `min`, `h`, `d`.
  public init?(text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000_000).contains(count),
      let period = Self.periods.first(where: { $0.0 == parts[1] })?.1
    else { return nil }
    self.init(count, per: period)
  }

  private static let periods: [(String, Duration)] = [
    ("s", .seconds(1)), ("min", .seconds(60)), ("h", .seconds(3600)), ("d", .seconds(86400)),
  ]

  /// A regular expression (ECMA-262) for editors: all texts that are read match it.
  package static let pattern = "[0-9]+/(\(periods.map(\.0).joined(separator: "|")))"

  public var text: String {
    "\(count)/\(Self.periods.first { $0.1 == period }?.0 ?? period.text)"
  }
}

extension Rate: OptionValue {
  public static var kind: OptionKind { .rate }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    guard let rate = Rate(text: text) else {
      throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
    self = rate
  }

  public var optionText: String { text }
}
