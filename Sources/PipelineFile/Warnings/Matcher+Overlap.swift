import HTTPTypes

extension Matcher {
  var methods: [String]? { if case .method(let tokens) = self { tokens } else { nil } }
  var statuses: [StatusRange]? { if case .status(let ranges) = self { ranges } else { nil } }

  /// Whether it is sure that nothing matches both.
  func excludes(_ other: Matcher) -> Bool {
    switch (self, other) {
    case (.path(let left), .path(let right)): !Self.anyPair(left, right) { $0.overlaps($1) }
    case (.host(let left), .host(let right)): !Self.anyPair(left, right) { $0.overlaps($1) }
    case (.clientAddress(let left), .clientAddress(let right)): !Self.anyPair(left, right) { $0.overlaps($1) }
    case (.header(let left, .present(false)), .header(let right, let test)),
      (.header(let right, let test), .header(let left, .present(false))):
      left == right && test != .present(false)
    default: false
    }
  }

  /// Whether it is sure that this matches all that the other one does.
  func covers(_ other: Matcher) -> Bool {
    switch (self, other) {
    case (.path(let mine), .path(let others)): Self.each(others, in: mine) { $1.covers($0) }
    case (.clientAddress(let mine), .clientAddress(let others)): Self.each(others, in: mine) { $1.covers($0) }
    case (.host(let mine), .host(let others)): Set(others).isSubset(of: mine)
    case (.header(let mine, .value(let values, _)), .header(let name, .value(let others, let secrets))):
      mine == name && secrets.isEmpty && Set(others).isSubset(of: values)
    default: false
    }
  }

  /// The most pairs that are looked at; of more nothing is sure.
  private static let mostPairs = 4096

  private static func anyPair<Part>(_ left: [Part], _ right: [Part], _ overlap: (Part, Part) -> Bool) -> Bool {
    left.count * right.count > mostPairs || left.contains { a in right.contains { b in overlap(a, b) } }
  }

  private static func each<Part>(_ parts: [Part], in whole: [Part], _ isIn: (Part, Part) -> Bool) -> Bool {
    parts.count * whole.count <= mostPairs && parts.allSatisfy { a in whole.contains { b in isIn(a, b) } }
  }
}
