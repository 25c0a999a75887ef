import Synchronization

/// The files that something was read from, each as it was just before that.
package final class ReadFiles: Sendable {
  /// By path; `nil`: there was no such file.
  package typealias Facts = [String: FileFacts?]

  private struct State {
    var facts: Facts = [:]
    var isClosed = false
  }

  private let wider: ReadFiles?
  private let state = Mutex(State())

  /// - Parameter wider: where each file is noted as well.
  package init(in wider: ReadFiles? = nil) { self.wider = wider }

  /// Files as they are now.
  package static func facts(of paths: some Sequence<String>) -> Facts {
    Dictionary(paths.map { ($0, FileFacts(of: $0)) }) { first, _ in first }
  }

  package var facts: Facts { state.withLock { $0.facts } }

  /// Whether one of them is another than it was.
  var haveChanged: Bool {
    let facts = facts
    return Self.facts(of: facts.keys) != facts
  }

  /// Call it before the file is read. What was noted first stays, so a change in between is seen later.
  package func note(_ path: String) { note(Self.facts(of: [path])) }

  /// Notes what others have noted.
  func note(_ facts: Facts) {
    let isOpen = state.withLock { state in
      if !state.isClosed { state.facts.merge(facts) { first, _ in first } }
      return !state.isClosed
    }
    if isOpen { wider?.note(facts) }
  }

  /// Nothing is noted from now on.
  func close() { state.withLock { $0.isClosed = true } }
}
