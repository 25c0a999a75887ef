/// The least and the greatest value of an option, as they would be written in a file.
public struct OptionRange: Sendable, Hashable {
  public var least: String
  public var greatest: String
  /// The same for values that can be written as bare whole numbers: counts, and sizes in octets.
  public var numbers: ClosedRange<Int>?

  init<Value: OptionValue & Comparable>(_ range: ClosedRange<Value>) {
    self.least = range.lowerBound.optionText
    self.greatest = range.upperBound.optionText
    switch range {
    case let counts as ClosedRange<Int>: self.numbers = counts
    case let sizes as ClosedRange<ByteSize>: self.numbers = sizes.lowerBound.octets...sizes.upperBound.octets
    default: self.numbers = nil
    }
  }

  /// `1 to 10000`
  public var text: String { "\(least) to \(greatest)" }

  /// What is wrong with a value, as the rest of a sentence that begins with the option's name; `nil` if nothing is.
  static func fault<Value: OptionValue & Comparable>(of value: Value, in range: ClosedRange<Value>) -> String? {
    guard !range.contains(value) else { return nil }
    return "must be from \(range.lowerBound.optionText) to \(range.upperBound.optionText), not \(value.optionText)"
  }
}
