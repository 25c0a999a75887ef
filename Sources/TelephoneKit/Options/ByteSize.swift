/// A number of octets: `512B`, `64KiB`, `1MB`, or a bare number. `KiB`, `MiB`, `GiB` are powers of 1024, `kB` (or `KB`),
/// `MB`, `GB` powers of 1000.
public struct ByteSize: Sendable, Hashable, Comparable {
  public var octets: Int

  public init(octets: Int) { self.octets = octets }

  public static func octets(_ count: Int) -> ByteSize { ByteSize(octets: count) }
  public static func kibibytes(_ count: Int) -> ByteSize { ByteSize(octets: count * 1024) }
  public static func mebibytes(_ count: Int) -> ByteSize { ByteSize(octets: count * 1024 * 1024) }
  public static func gibibytes(_ count: Int) -> ByteSize { ByteSize(octets: count * 1024 * 1024 * 1024) }

  public static func < (left: ByteSize, right: ByteSize) -> Bool { left.octets < right.octets }

  /// `nil` for anything but a whole number and a unit, and for sizes past 2^63 - 1 octets.
  public init?(text: some StringProtocol) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), let scale = Self.units[String(text[digits.endIndex...])] else { return nil }
    let (octets, overflow) = count.multipliedReportingOverflow(by: scale)
    if overflow { return nil }
    self.octets = octets
  }

  private static let units = [
    "": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "KB": 1000, "MB": 1_000_000,
    "GB": 1_000_000_000,
  ]

  /// A regular expression (ECMA-262) for editors: all texts that are read match it.
  package static let pattern = "[0-9]+(\(units.keys.sorted().joined(separator: "|")))"

  /// The size as it would be written in a file, in the largest unit that leaves no fraction.
  public var text: String {
    let units = [
      ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000),
    ]
    for (unit, size) in units where octets >= size && octets % size == 0 { return "\(octets / size)\(unit)" }
    return "\(octets)B"
  }
}

extension ByteSize: OptionValue {
  public static var kind: OptionKind { .byteSize }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    guard let size = ByteSize(text: text) else {
      throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
    self = size
  }

  public var optionText: String { text }
}
