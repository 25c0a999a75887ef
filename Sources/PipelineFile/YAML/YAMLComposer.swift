import TelephoneKit

/// Makes a ``YAMLNode`` of a file, with every fault of its form: all duplicate keys, unknown aliases, bad merges.
///
/// The tree is composed from libyaml's events, so that nothing is expanded before it was counted: an alias costs as many
/// nodes as it stands for, and a key that is a list or a map is skipped without a look at what is in it.
package struct YAMLComposer {
  let limits: YAMLLimits
  let source: SourceText
  var diagnostics: DiagnosticList
  /// The anchors whose nodes are complete.
  var anchors: [String: Anchored] = [:]
  /// The anchors of the lists and maps that are still open: an alias to one would be a cycle.
  var openAnchors: [String] = []
  /// The nodes and octets of text of the whole tree so far.
  package private(set) var nodes = 0
  var textOctets = 0

  /// A node that an alias can name, and what it costs.
  struct Anchored {
    var node: YAMLNode
    var nodes: Int
    var textOctets: Int
    var height: Int
  }

  /// A syntax error, or a limit that was passed: nothing after it can be trusted.
  struct GivenUp: Error {}

  init(_ source: SourceText, limits: YAMLLimits, diagnostics: DiagnosticList) {
    self.source = source
    self.limits = limits
    self.diagnostics = diagnostics
  }

  /// Reads a file. Its faults go into the list; the source does too, so that excerpts can be shown.
  /// - Returns: the tree, or `nil` if there is none: then a fault says why.
  package static func compose(
    _ octets: [UInt8], file: String, limits: YAMLLimits = YAMLLimits(), into diagnostics: inout DiagnosticList
  ) -> YAMLNode? {
    diagnostics.see(file)
    let start = Place(file: file, line: 1, column: 1)
    guard octets.count <= limits.octets else {
      diagnostics.error(at: start, "the file is larger than \(ByteSize(octets: limits.octets).text)")
      return nil
    }
    let octets = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? octets.dropFirst(3) : octets[...]
    let source = SourceText(file: file, text: String(decoding: octets, as: UTF8.self))
    diagnostics.add(source)
    if let fault = firstInvalidOctet(octets, in: source) {
      diagnostics.error(at: fault, "the file is not UTF-8; save it as UTF-8")
      return nil
    }
    if let directive = tagDirective(in: source) {
      diagnostics.error(at: directive, "%TAG is not supported; a pipeline file needs no tags")
      return nil
    }
    var composer = YAMLComposer(source, limits: limits, diagnostics: diagnostics)
    defer { diagnostics = composer.diagnostics }
    return octets.withUnsafeBufferPointer { octets in
      guard var reader = YAMLEventReader(octets: octets) else { return nil }
      return try? composer.document(&reader)
    }
  }

  /// The text was repaired when it was decoded; where it differs from the octets they were not UTF-8.
  private static func firstInvalidOctet(_ octets: ArraySlice<UInt8>, in source: SourceText) -> Place? {
    if String(validating: octets, as: UTF8.self) != nil { return nil }
    var position = octets.startIndex
    for (index, scalar) in source.scalars.enumerated() {
      let encoded = UTF8.encode(scalar)
      guard let encoded, octets[position...].starts(with: encoded) else { return source.place(at: index) }
      position += encoded.count
    }
    return nil
  }

  /// libyaml compares each `%TAG` with all before it, which many of them would make slow.
  private static func tagDirective(in source: SourceText) -> Place? {
    var line = 1
    while let range = source.range(ofLine: line) {
      if source.text(range.lowerBound..<min(range.lowerBound + 5, range.upperBound)).hasPrefix("%TAG") {
        return source.place(at: range.lowerBound)
      }
      line += 1
    }
    return nil
  }

  /// Counts nodes and text against the limits.
  mutating func count(nodes more: Int, textOctets octets: Int, at span: Range<Int>, isAlias: Bool) throws(GivenUp) {
    nodes += more
    textOctets += octets
    guard nodes <= limits.nodes, textOctets <= limits.textOctets else {
      let what = nodes > limits.nodes ? "\(limits.nodes) values" : "\(ByteSize(octets: limits.textOctets).text) of text"
      throw giveUp(at: span, "the file comes to more than \(what)" + (isAlias ? " with its aliases written out" : ""))
    }
  }

  mutating func giveUp(at span: Range<Int>, _ sentence: String) -> GivenUp {
    error(at: span, sentence)
    return GivenUp()
  }

  mutating func error(at span: Range<Int>, _ sentence: String) {
    diagnostics.error(at: source.place(at: span.lowerBound), sentence)
  }
}
