import HTTPTypes

/// Proves of some conditions that no exchange can match them. Where it finds nothing, one may match or not.
enum Contradiction {
  /// A condition without parts, or the opposite of one.
  struct Literal {
    var matcher: Matcher
    var isNegated = false
  }

  /// The most alternatives that are looked at, and the most literals of one; a condition that has more counts as one that
  /// can match.
  static let mostAlternatives = 256
  static let mostLiterals = 64

  /// Why a condition can never match, as half a sentence; `nil` if it may.
  static func reason(_ matcher: Matcher) -> String? {
    guard let alternatives = alternatives(of: matcher, isNegated: false) else { return nil }
    var first: String?
    for literals in alternatives {
      guard let reason = reason(literals) else { return nil }
      first = first ?? reason
    }
    return first
  }

  /// The condition as alternatives, each a list of literals that must all hold; `nil` if there are too many.
  private static func alternatives(of matcher: Matcher, isNegated: Bool) -> [[Literal]]? {
    switch (matcher, isNegated) {
    case (.not(let inner), _): return alternatives(of: inner, isNegated: !isNegated)
    case (.any(let parts), false), (.all(let parts), true):
      var found: [[Literal]] = []
      for part in parts {
        guard let more = alternatives(of: part, isNegated: isNegated) else { return nil }
        found += more
        guard found.count <= mostAlternatives else { return nil }
      }
      return found
    case (.all(let parts), false), (.any(let parts), true):
      var found: [[Literal]] = [[]]
      for part in parts {
        guard let more = alternatives(of: part, isNegated: isNegated),
          found.count * more.count <= mostAlternatives
        else { return nil }
        found = found.flatMap { left in more.map { left + $0 } }
      }
      return found
    case (.header(let name, .present(let isPresent)), true):
      return [[Literal(matcher: .header(name, .present(!isPresent)))]]
    default: return [[Literal(matcher: matcher, isNegated: isNegated)]]
    }
  }

  private static func reason(_ literals: [Literal]) -> String? {
    guard literals.count <= mostLiterals else { return nil }
    let wanted = literals.filter { !$0.isNegated }.map(\.matcher)
    let ruledOut = literals.filter(\.isNegated).map(\.matcher)
    if let both = wanted.first(where: ruledOut.contains) { return "'\(both.description)' is wanted and ruled out" }
    return method(wanted, ruledOut) ?? status(wanted, ruledOut) ?? pair(wanted) ?? covered(wanted, ruledOut)
  }

  private static func method(_ wanted: [Matcher], _ ruledOut: [Matcher]) -> String? {
    let lists = wanted.compactMap(\.methods)
    guard let first = lists.first else { return nil }
    let others = Set(ruledOut.compactMap(\.methods).flatMap { $0 })
    let isPossible = first.contains { method in lists.allSatisfy { $0.contains(method) } && !others.contains(method) }
    return isPossible ? nil : "no method is left that it could match"
  }

  /// An answer has 101 or 200 to 599; other 1xx pass by all stages.
  private static func status(_ wanted: [Matcher], _ ruledOut: [Matcher]) -> String? {
    let lists = wanted.compactMap(\.statuses)
    guard !lists.isEmpty else { return nil }
    let others = ruledOut.compactMap(\.statuses).flatMap { $0 }
    let isPossible = ([101] + Array(200...599)).contains { code in
      lists.allSatisfy { $0.contains { $0.contains(code) } } && !others.contains { $0.contains(code) }
    }
    return isPossible ? nil : "no answer has a status that it could match"
  }

  /// Two conditions that rule each other out.
  private static func pair(_ wanted: [Matcher]) -> String? {
    for (index, left) in wanted.enumerated() {
      for right in wanted.dropFirst(index + 1) where left.excludes(right) {
        return "nothing matches both '\(left.description)' and '\(right.description)'"
      }
    }
    return nil
  }

  /// A path or an address that is wanted, and all of it ruled out.
  private static func covered(_ wanted: [Matcher], _ ruledOut: [Matcher]) -> String? {
    for left in wanted {
      if let right = ruledOut.first(where: { $0.covers(left) }) {
        return "all that matches '\(left.description)' is ruled out by 'not \(right.description)'"
      }
    }
    return nil
  }
}
