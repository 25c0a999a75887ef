import TelephoneKit

extension YAMLComposer {
  /// The one document of the stream.
  mutating func document(_ reader: inout YAMLEventReader) throws(GivenUp) -> YAMLNode {
    var root: YAMLNode?
    while true {
      let event = try next(&reader)
      switch event.kind {
      case .streamStart, .documentEnd: continue
      case .documentStart where root != nil:
        error(at: event.span, "a second document begins here; a pipeline file holds one")
        throw GivenUp()
      case .documentStart:
        root = try node(from: try next(&reader), &reader, depth: 0)
      default:
        guard let root else {
          throw giveUp(at: 0..<0, "the file is empty; a pipeline file is a map with 'pipeline' and 'stages'")
        }
        return root
      }
    }
  }

  private mutating func next(_ reader: inout YAMLEventReader) throws(GivenUp) -> YAMLEvent {
    do {
      return try reader.next()
    } catch {
      diagnostics.add(error.diagnostic(in: source))
      throw GivenUp()
    }
  }

  /// The node that begins with an event.
  private mutating func node(
    from event: YAMLEvent, _ reader: inout YAMLEventReader, depth: Int
  ) throws(GivenUp) -> YAMLNode {
    guard depth <= limits.depth else {
      throw giveUp(at: event.span, "lists and maps stand more than \(limits.depth) deep in each other")
    }
    let before = (nodes: nodes, textOctets: textOctets)
    switch event.kind {
    case .alias(let name): return try alias(name, at: event.span, depth: depth)
    case .scalar(let text, let isPlain, let properties):
      try count(nodes: 1, textOctets: text.utf8.count, at: event.span, isAlias: false)
      let saysText = check(properties.tag, at: event.span)
      let scalar = YAMLScalar(text, isPlain: isPlain && !saysText)
      let node = YAMLNode(.scalar(scalar), place: source.place(at: event.span.lowerBound), span: event.span)
      return anchored(node, properties.anchor, since: before)
    case .sequenceStart(let properties):
      try count(nodes: 1, textOctets: 0, at: event.span, isAlias: false)
      check(properties.tag, at: event.span)
      if let anchor = properties.anchor { openAnchors.append(anchor) }
      var elements: [YAMLNode] = []
      var end = event.span.upperBound
      while true {
        let event = try next(&reader)
        end = event.span.upperBound
        if case .sequenceEnd = event.kind { break }
        elements.append(try node(from: event, &reader, depth: depth + 1))
      }
      if properties.anchor != nil { openAnchors.removeLast() }
      let place = source.place(at: event.span.lowerBound)
      return anchored(
        YAMLNode(.sequence(elements), place: place, span: event.span.lowerBound..<end), properties.anchor, since: before
      )
    case .mappingStart(let properties):
      try count(nodes: 1, textOctets: 0, at: event.span, isAlias: false)
      check(properties.tag, at: event.span)
      if let anchor = properties.anchor { openAnchors.append(anchor) }
      let (pairs, end) = try pairs(&reader, depth: depth)
      if properties.anchor != nil { openAnchors.removeLast() }
      let place = source.place(at: event.span.lowerBound)
      return anchored(
        YAMLNode(.mapping(pairs), place: place, span: event.span.lowerBound..<end), properties.anchor, since: before)
    case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
      throw giveUp(at: event.span, "this is not YAML: a value is expected here")
    }
  }

  private mutating func pairs(
    _ reader: inout YAMLEventReader, depth: Int
  ) throws(GivenUp) -> (pairs: [YAMLPair], end: Int) {
    var pairs: [YAMLPair] = []
    var places: [String: Place] = [:]
    var merges: [YAMLNode] = []
    while true {
      let event = try next(&reader)
      if case .mappingEnd = event.kind {
        return (merged(pairs, places, with: merges), event.span.upperBound)
      }
      let key = try key(from: event, &reader)
      let value = try node(from: try next(&reader), &reader, depth: depth + 1)
      guard let key else { continue }
      let place = source.place(at: event.span.lowerBound)
      if let first = places[key.text] {
        error(at: event.span, "the key '\(key.text)' stands here a second time; it is first in line \(first.line)")
        continue
      }
      places[key.text] = place
      if key.text == "<<", key.isPlain {
        merges.append(value)
      } else {
        pairs.append(YAMLPair(key: key.text, keyPlace: place, value: value))
      }
    }
  }

  /// A key must be a scalar, or an alias to one. Anything else is skipped unread.
  private mutating func key(from event: YAMLEvent, _ reader: inout YAMLEventReader) throws(GivenUp) -> YAMLScalar? {
    let found: YAMLScalar?
    switch event.kind {
    case .scalar(let text, let isPlain, let properties):
      try count(nodes: 1, textOctets: text.utf8.count, at: event.span, isAlias: false)
      check(properties.tag, at: event.span)
      let scalar = YAMLScalar(text, isPlain: isPlain)
      if properties.anchor != nil {
        let node = YAMLNode(.scalar(scalar), place: source.place(at: event.span.lowerBound), span: event.span)
        _ = anchored(node, properties.anchor, since: (nodes - 1, textOctets - text.utf8.count))
      }
      found = scalar
    case .alias(let name):
      guard let node = resolved(name, at: event.span) else { return nil }
      try count(nodes: 1, textOctets: node.node.scalar?.text.utf8.count ?? 0, at: event.span, isAlias: true)
      found = node.node.scalar
    default:
      try skip(event, &reader)
      found = nil
    }
    guard let found else {
      error(at: event.span, "a key must be a name, not a list or a map")
      return nil
    }
    guard found.text.utf8.count <= limits.keyOctets else {
      error(at: event.span, "a key has more than \(limits.keyOctets) octets")
      return nil
    }
    return found
  }

  /// Passes over a list or a map without keeping anything of it.
  private mutating func skip(_ event: YAMLEvent, _ reader: inout YAMLEventReader) throws(GivenUp) {
    var depth = 0
    var event = event
    while true {
      switch event.kind {
      case .sequenceStart, .mappingStart: depth += 1
      case .sequenceEnd, .mappingEnd: depth -= 1
      default: break
      }
      try count(nodes: 1, textOctets: 0, at: event.span, isAlias: false)
      guard depth > 0 else { return }
      guard depth <= limits.depth else {
        throw giveUp(at: event.span, "lists and maps stand more than \(limits.depth) deep in each other")
      }
      event = try next(&reader)
    }
  }

  /// Refuses tags but those of the core schema (YAML 1.2.2, 10.3).
  /// - Returns: whether the tag says that a scalar is text.
  @discardableResult
  private mutating func check(_ tag: String?, at span: Range<Int>) -> Bool {
    guard let tag, tag != "!" else { return tag == "!" }
    let core = ["str", "int", "float", "bool", "null", "seq", "map"].map { "tag:yaml.org,2002:\($0)" }
    if !core.contains(tag) {
      error(at: span, "the tag '\(tag)' is not known; put the text in quotes if the '!' belongs to it")
    }
    return tag == core[0]
  }
}
