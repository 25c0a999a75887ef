/// Finds the name that was surely meant.
package enum NearestName {
  /// The known name that needs the fewest edits, if these are few for its length; the first of several.
  /// Names of more than 64 octets, and known names past the thousandth, are not looked at.
  package static func to(_ name: String, among known: [String]) -> String? {
    let name = Array(name.utf8)
    guard (1...64).contains(name.count) else { return nil }
    let ranked = known.prefix(1000).filter { $0.utf8.count <= 64 }
      .map { (name: $0, distance: distance(name, Array($0.utf8))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, min(name.count, best.name.utf8.count) / 3) ? best.name : nil
  }

  /// `: did you mean 'verify-jwt'?`, or nothing if no known name is near.
  package static func hint(for name: String, among known: [String]) -> String {
    to(name, among: known).map { ": did you mean '\($0)'?" } ?? ""
  }

  /// Insertions, deletions, replacements and swaps of two neighbours that lead from one to the other (the optimal string
  /// alignment distance). Upper and lower case count as the same.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    let (left, right) = (left.map(lowercased), right.map(lowercased))
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in 1...left.count {
      var row = [i]
      for j in 1...right.count {
        let replace = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
        var best = min(replace, last[j] + 1, row[j - 1] + 1)
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          best = min(best, beforeLast[j - 2] + 1)
        }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }

  private static func lowercased(_ octet: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
  }
}
