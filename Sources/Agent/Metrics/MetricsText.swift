/// Writes metrics in the text exposition format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct MetricsText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  enum Kind: String { case counter, gauge, histogram }

  /// The name and the value of each label.
  typealias Labels = KeyValuePairs<String, String>

  private(set) var text = ""
  private var name = ""

  /// Begins a metric; its samples follow. A metric without samples is one that has no value yet.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// A metric of one sample; none, if the value is not known.
  mutating func write(_ name: String, _ kind: Kind, _ value: Double?, _ help: String) {
    begin(name, kind, help)
    if let value { sample([:], value) }
  }

  mutating func write(_ name: String, _ kind: Kind, _ value: Int, _ help: String) {
    begin(name, kind, help)
    sample([:], value)
  }

  mutating func sample(_ labels: Labels, _ value: Int) { line("", labels, [:], String(value)) }

  mutating func sample(_ labels: Labels, _ value: Double) { line("", labels, [:], Self.number(value)) }

  /// The samples of a histogram: a bucket for each bound, the sum and the count.
  /// - Parameter labels: those that all of them have.
  mutating func sample(_ labels: Labels, _ histogram: Histogram) {
    var count = 0
    for (index, inBucket) in histogram.counts.enumerated() {
      count += inBucket
      let bound = index < Histogram.bounds.count ? Self.number(Histogram.bounds[index].asSeconds) : "+Inf"
      line("_bucket", labels, ["le": bound], String(count))
    }
    line("_sum", labels, [:], Self.number(histogram.sum.asSeconds))
    line("_count", labels, [:], String(count))
  }

  private mutating func line(_ suffix: String, _ labels: Labels, _ more: Labels, _ value: String) {
    text += name
    text += suffix
    var separator = "{"
    for (name, value) in [labels, more].joined() {
      text += "\(separator)\(name)=\"\(Self.escaped(value, quotes: true))\""
      separator = ","
    }
    if separator == "," { text += "}" }
    text += " \(value)\n"
  }

  /// Back slashes and line feeds are escaped, quotes only in the value of a label.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A float as Go reads it.
  private static func number(_ value: Double) -> String {
    switch value {
    case .infinity: "+Inf"
    case -.infinity: "-Inf"
    case _ where value.isNaN: "NaN"
    case _ where value == value.rounded() && abs(value) < 1e15: String(Int(value))
    default: "\(value)"
    }
  }
}
