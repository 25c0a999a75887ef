import TelephoneKit

extension YAMLComposer {
  /// Keeps a complete node for the aliases that name it. A later anchor of the same name takes its place.
  mutating func anchored(
    _ node: YAMLNode, _ anchor: String?, since before: (nodes: Int, textOctets: Int)
  ) -> YAMLNode {
    if let anchor {
      anchors[anchor] = Anchored(
        node: node, nodes: nodes - before.nodes, textOctets: textOctets - before.textOctets, height: node.height)
    }
    return node
  }

  /// What an alias stands for, counted as if it were written out.
  mutating func alias(_ name: String, at span: Range<Int>, depth: Int) throws(GivenUp) -> YAMLNode {
    guard let found = resolved(name, at: span) else {
      return YAMLNode(.unusable, place: source.place(at: span.lowerBound), span: span)
    }
    try count(nodes: found.nodes, textOctets: found.textOctets, at: span, isAlias: true)
    guard depth + found.height <= limits.depth else {
      throw giveUp(at: span, "lists and maps stand more than \(limits.depth) deep in each other")
    }
    return found.node
  }

  /// The node that an alias names; `nil`, with an error, if there is none that is complete.
  mutating func resolved(_ name: String, at span: Range<Int>) -> Anchored? {
    if openAnchors.contains(name) {
      error(at: span, "the alias '*\(name)' stands inside of what it names; that would have no end")
      return nil
    }
    if let found = anchors[name] { return found }
    let hint = diagnostics.isWorthHints ? diagnostics.hint(for: name, among: anchors.keys.sorted()) : ""
    error(at: span, "no anchor '&\(name)' stands before this alias\(hint)")
    return nil
  }

  /// The pairs of a map and those that it merges (`<<`, https://yaml.org/type/merge.html): its own keys win, then those
  /// of the earlier map in a list.
  mutating func merged(_ own: [YAMLPair], _ places: [String: Place], with merges: [YAMLNode]) -> [YAMLPair] {
    guard !merges.isEmpty else { return own }
    var pairs = own
    var taken = Set(own.map(\.key))
    for merge in merges {
      let maps: [YAMLNode]
      if case .sequence(let nodes) = merge.content { maps = nodes } else { maps = [merge] }
      for map in maps {
        switch map.content {
        case .mapping(let more):
          for pair in more where taken.insert(pair.key).inserted { pairs.append(pair) }
        case .unusable: continue
        case .scalar, .sequence:
          diagnostics.error(at: map.place, "'<<' merges a map or a list of maps, not \(map.words)")
        }
      }
    }
    return pairs
  }
}

extension YAMLNode {
  /// How many lists and maps stand in each other, 0 for a leaf.
  var height: Int {
    switch content {
    case .scalar, .unusable: 0
    case .sequence(let nodes): 1 + (nodes.lazy.map(\.height).max() ?? 0)
    case .mapping(let pairs): 1 + (pairs.lazy.map(\.value.height).max() ?? 0)
    }
  }
}
