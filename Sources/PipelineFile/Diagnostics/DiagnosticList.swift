package import TelephoneKit

/// What was found so far, and the sources that it was found in.
package struct DiagnosticList: Sendable {
  package private(set) var all: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var sources: [String: SourceText] = [:]
  /// The order in which files came, for sorting.
  private var order: [String: Int] = [:]
  private var secrets: [String: [Range<Int>]] = [:]

  package init() {}

  package var hasErrors: Bool { all.contains { $0.severity == .error } }

  package mutating func add(_ source: SourceText) {
    sources[source.file] = source
    see(source.file)
  }

  /// A file is known by the order in which it was first named.
  package mutating func see(_ file: String) {
    if order[file] == nil { order[file] = order.count }
  }

  /// Whether names are still looked for: of very many faults only the first are shown.
  package var isWorthHints: Bool { all.count < YAMLLimits().faults }

  /// The hint of ``NearestName``, or nothing where there are very many faults already.
  package func hint(for name: String, among known: [String]) -> String {
    isWorthHints ? NearestName.hint(for: name, among: known) : ""
  }

  package func source(_ file: String) -> SourceText? { sources[file] }

  /// Hides a part of a file in all excerpts.
  package mutating func hide(_ span: Range<Int>, in file: String) {
    secrets[file, default: []].append(span)
  }

  /// The sources and what is hidden of them, with nothing said about them.
  package var withoutDiagnostics: DiagnosticList {
    var list = self
    list.all = []
    list.seen = []
    return list
  }

  /// The same sentence at the same place is kept once: an anchor's fault shows up at each of its aliases.
  package mutating func add(_ diagnostic: Diagnostic) {
    if seen.insert(diagnostic).inserted { all.append(diagnostic) }
  }

  package mutating func error(at place: Place, _ sentence: String) { add(Diagnostic(.error, at: place, sentence)) }
  package mutating func warning(_ rule: DiagnosticRule, at place: Place, _ sentence: String) {
    add(Diagnostic(.warning, rule, at: place, sentence))
  }

  package mutating func note(_ rule: DiagnosticRule, at place: Place, _ sentence: String) {
    add(Diagnostic(.note, rule, at: place, sentence))
  }

  /// All of it by file, line and column, each with its line of the source. Of very many only the first are kept.
  package func finished(most: Int = YAMLLimits().faults) -> [Diagnostic] {
    let sorted = all.enumerated().sorted { left, right in
      let (a, b) = (left.element.place, right.element.place)
      return (order[a.file] ?? .max, a.line, a.column, left.offset) < (
        order[b.file] ?? .max, b.line, b.column, right.offset
      )
    }.map(\.element)
    var kept = sorted.prefix(most).map { diagnostic in
      var diagnostic = diagnostic
      diagnostic.excerpt = sources[diagnostic.place.file].flatMap {
        SourceExcerpt(of: $0, at: diagnostic.place, hiding: secrets[diagnostic.place.file] ?? [])
      }
      return diagnostic
    }
    if sorted.count > most {
      let left = sorted[most...]
      kept.append(
        Diagnostic(
          left.contains { $0.severity == .error } ? .error : .note, at: left[left.startIndex].place,
          "and \(left.count) more from here on"))
    }
    return kept
  }

  /// - Throws: ``PipelineFileError`` if there is an error among them, with the warnings and without notes.
  package func throwErrors() throws(PipelineFileError) {
    guard hasErrors else { return }
    var errors = self
    errors.all = all.filter { $0.severity != .note }
    throw PipelineFileError(errors.finished())
  }
}
