import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit

/// Compares what came of a request with what was expected.
struct Judge {
  let result: RehearsalResult
  /// `nil` if snapshots are to be written: then they are claimed and not compared.
  let snapshots: Snapshots?
  private(set) var failures: [TestFailure] = []
  /// What the expected snapshot is to hold.
  private(set) var claim: SnapshotClaim?

  init(_ result: RehearsalResult, snapshots: Snapshots?) {
    self.result = result
    self.snapshots = snapshots
  }

  mutating func judge(_ expectation: Expectation) {
    let (answer, outcome) = (result.answer, result.outcome)
    if let (ranges, place) = expectation.status {
      let status = answer.status?.code
      if !ranges.contains(where: { range in status.map(range.contains) ?? false }) {
        fail("status", place, ranges.map(\.text).joined(separator: " or "), status.map(String.init) ?? "no answer")
      }
    }
    compare("outcome", expectation.outcome.map { ($0.kind.rawValue, $0.place) }, outcome.kind.rawValue)
    compare("code", expectation.code.map { ($0.text, $0.place) }, outcome.code ?? "none")
    compare("decided-by", expectation.decidedBy.map { ($0.id, $0.place) }, outcome.decidedBy ?? "nobody")
    compare(
      "interim", expectation.interim.map { (Self.list($0.codes), $0.place) },
      Self.list(answer.interims.map(\.status.code)))
    for rule in expectation.fields { judge(rule, answer.fields, "field") }
    for rule in expectation.trailers { judge(rule, answer.trailers ?? [:], "trailer") }
    judge(expectation.body, of: answer.body, "body")
    if let (rule, place) = expectation.chunks {
      let sizes = answer.chunks.map(\.readableBytes)
      switch rule {
      case .count(let count): compare("chunks", ("\(count)", place), "\(sizes.count)")
      case .sizes(let expected): compare("chunks", (Self.list(expected), place), Self.list(sizes))
      }
    }
    if let rule = expectation.backend { judge(rule) }
    if let (path, place) = expectation.body.snapshot { judge(snapshot: path, place, of: answer.body) }
  }

  private mutating func judge(snapshot path: String, _ place: Place, of body: ByteBuffer) {
    let subject = "body's snapshot \(path)"
    guard let snapshots else {
      claim = SnapshotClaim(path: path, place: place, subject: subject, body: body, result: result)
      return
    }
    do {
      guard let expected = try snapshots.held(path) else {
        fail(subject, place, "there is no such file yet; 'telephone test --update' writes it", String(buffer: body))
        return
      }
      if expected != body { fail(subject, place, String(buffer: expected), String(buffer: body)) }
    } catch {
      fail(subject, place, error.sentence, String(buffer: body))
    }
  }

  private mutating func judge(_ rule: Expectation.BackendRule) {
    let calls = result.backendCalls
    if let times = rule.times {
      compare("backend", ("called \(Self.times(times))", rule.place), "called \(Self.times(calls.count))")
    } else if calls.isEmpty {
      fail("backend", rule.place, "called", "not called")
    }
    for call in calls {
      let request = call.request
      judge(rule.method, of: request.method.rawValue, "backend's method")
      judge(rule.target, of: request.target, "backend's target")
      judge(rule.authority, of: request.authority, "backend's authority")
      for field in rule.fields { judge(field, request.fields, "backend's field") }
      judge(rule.body, of: request.body, "backend's body")
    }
  }

  mutating func judge(_ rule: Expectation.FieldRule, _ fields: HTTPFields, _ what: String) {
    let subject = "\(what) \(rule.name.rawName)"
    let found = fields[fields: rule.name]
    let values = found.map(\.value)
    let shown = found.isEmpty ? "absent" : found.map(result.redaction.shown).joined(separator: ", ")
    if let isAbsent = rule.isAbsent, isAbsent != found.isEmpty {
      fail(subject, rule.place, isAbsent ? "absent" : "present", shown)
      return
    }
    if let expected = rule.values, expected != values {
      fail(subject, rule.place, expected.joined(separator: ", "), shown)
    }
    for text in rule.texts where found.isEmpty || !text.accepts(values.joined(separator: ", ")) {
      fail(subject, text.place, text.words, shown)
    }
  }

  mutating func judge(_ rules: [Expectation.TextRule], of text: String, _ subject: String) {
    for rule in rules where !rule.accepts(text) { fail(subject, rule.place, rule.words, text) }
  }

  mutating func compare(_ subject: String, _ expected: (text: String, place: Place)?, _ actual: String) {
    if let expected, expected.text != actual { fail(subject, expected.place, expected.text, actual) }
  }

  mutating func fail(_ subject: String, _ place: Place, _ expected: String, _ actual: String) {
    let redaction = result.redaction
    failures.append(
      TestFailure(subject, at: place, expected: redaction.shown(expected), actual: redaction.shown(actual)))
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.isEmpty ? "none" : numbers.map(String.init).joined(separator: ", ")
  }

  private static func times(_ count: Int) -> String {
    switch count {
    case 0: "never"
    case 1: "once"
    default: "\(count) times"
    }
  }
}

extension Expectation.TextRule {
  func accepts(_ text: String) -> Bool {
    switch kind {
    case .equals(let expected): text.utf8.elementsEqual(expected.utf8)
    case .contains(let part): text.contains(part)
    // It was compiled when the file was read.
    case .matches(let pattern): (try? Regex(pattern).firstMatch(in: text)) ?? nil != nil
    }
  }

  /// What is expected, for people.
  var words: String {
    switch kind {
    case .equals(let text): text
    case .contains(let part): "a text that contains: \(part)"
    case .matches(let pattern): "a text that matches: \(pattern)"
    }
  }
}
