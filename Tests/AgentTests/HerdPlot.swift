/// The arrivals of herds as a picture: one step curve each, in bins of 100 ms.
struct HerdPlot {
  struct Curve {
    var title: String
    var color: String
    var arrivals: [Duration]
  }

  static let bin = Duration.milliseconds(100)
  private static let (width, height, left, top) = (640, 150, 50, 30)

  let span: Duration
  let curves: [Curve]

  /// How many came in each bin.
  static func counts(_ arrivals: [Duration], until span: Duration) -> [Int] {
    var counts = Array(repeating: 0, count: Int(span / bin))
    for arrival in arrivals where arrival >= .zero {
      let index = Int(arrival / bin)
      if counts.indices.contains(index) { counts[index] += 1 }
    }
    return counts
  }

  /// The most that came in any window of that length.
  static func peak(_ arrivals: [Duration], in window: Duration) -> Int {
    let sorted = arrivals.sorted()
    var (first, peak) = (0, 0)
    for last in sorted.indices {
      while sorted[last] - sorted[first] >= window { first += 1 }
      peak = max(peak, last - first + 1)
    }
    return peak
  }

  var svg: String {
    let step = Self.height + 60
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"\(curves.count * step + 20)\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    for (index, curve) in curves.enumerated() { lines += panel(curve, top: Self.top + index * step) }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func panel(_ curve: Curve, top: Int) -> [String] {
    let counts = Self.counts(curve.arrivals, until: span)
    let most = max(10, ((counts.max() ?? 0) + 9) / 10 * 10)
    let (bottom, right) = (top + Self.height, Self.left + Self.width)
    var path = "M\(Self.left) \(bottom)"
    for (index, count) in counts.enumerated() {
      let right = Self.left + (index + 1) * Self.width / counts.count
      path += "V\(bottom - count * Self.height / most)H\(right)"
    }
    path += "V\(bottom)Z"
    var lines = [
      "<text x=\"\(Self.left)\" y=\"\(top - 8)\">\(curve.title)</text>",
      "<path d=\"\(path)\" fill=\"\(curve.color)\"/>",
      "<path d=\"M\(Self.left) \(top)V\(bottom)H\(right)\" fill=\"none\" stroke=\"black\"/>",
      "<text x=\"\(Self.left - 6)\" y=\"\(top + 10)\" text-anchor=\"end\">\(most)</text>",
      "<text x=\"\(Self.left - 6)\" y=\"\(bottom)\" text-anchor=\"end\">0</text>",
    ]
    let seconds = Int(span / .seconds(1))
    for second in stride(from: 0, through: seconds, by: 2) {
      let x = Self.left + second * Self.width / seconds
      lines.append("<text x=\"\(x)\" y=\"\(bottom + 16)\" text-anchor=\"middle\">\(second) s</text>")
    }
    return lines
  }
}
