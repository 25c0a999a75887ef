import HTTPTypes
import NIOCore
import PipelineFile
import Rehearsal
import TelephoneKit

/// What differs between the ways of the same requests through two pipelines.
struct Comparison {
  /// Something that is not the same on both sides; `nil`: it is not there.
  struct Difference: Encodable {
    var subject: String
    var first: String?
    var second: String?
    /// Whether it is about the decision: how it ended, with which status and code, and who decided.
    var isDecision: Bool
  }

  struct Exchange: Encodable {
    var number: Int
    var request: String
    var differences: [Difference]

    var differsInDecision: Bool { differences.contains(where: \.isDecision) }
  }

  let first: String
  let second: String
  let count: Int
  /// Those that differ in something.
  let exchanges: [Exchange]

  init(_ first: DryRunPass, _ second: DryRunPass) {
    self.first = first.pipeline.file
    self.second = second.pipeline.file
    count = first.exchanges.count
    exchanges = zip(first.exchanges, second.exchanges).compactMap { left, right in
      let differences = Self.differences(left.result, right.result)
      guard !differences.isEmpty else { return nil }
      return Exchange(number: left.number, request: left.result.head, differences: differences)
    }
  }

  var differsInDecision: Bool { exchanges.contains(where: \.differsInDecision) }

  var summary: String {
    let requests = "\(count) request\(count == 1 ? "" : "s")"
    guard !exchanges.isEmpty else { return "\(requests): no difference" }
    let decisions = exchanges.count(where: \.differsInDecision)
    return "\(requests): \(exchanges.count) differ\(exchanges.count == 1 ? "s" : ""), \(decisions) in the decision"
  }

  private static func differences(_ left: RehearsalResult, _ right: RehearsalResult) -> [Difference] {
    var differences: [Difference] = []
    /// Notes a difference. What is shown may be the same: secrets are hidden, and of bodies there is a digest.
    func note(_ subject: String, _ isSame: Bool, _ first: String?, _ second: String?, isDecision: Bool = false) {
      guard !isSame else { return }
      differences.append(Difference(subject: subject, first: first, second: second, isDecision: isDecision))
    }
    func compare(_ subject: String, _ first: String?, _ second: String?, isDecision: Bool = false) {
      note(subject, first == second, first, second, isDecision: isDecision)
    }
    func compareBodies(_ subject: String, _ first: ByteBuffer, _ second: ByteBuffer) {
      guard first != second else { return }
      note(subject, false, body(first), body(second))
    }
    compare("outcome", left.outcome.kind.rawValue, right.outcome.kind.rawValue, isDecision: true)
    compare("status", status(left), status(right), isDecision: true)
    compare("code", left.outcome.code, right.outcome.code, isDecision: true)
    compare("decided by", left.outcome.decidedBy, right.outcome.decidedBy, isDecision: true)
    compare("interim answers", interim(left), interim(right))
    differences += fields("field", left.answer.fields, right.answer.fields, left.redaction, right.redaction)
    compareBodies("body", left.answer.body, right.answer.body)
    differences += fields(
      "trailer", left.answer.trailers ?? [:], right.answer.trailers ?? [:], left.redaction, right.redaction)
    compare("cut off", left.answer.abortedBy, right.answer.abortedBy)
    compare("backend", calls(left), calls(right))
    for (sent, other) in zip(left.backendCalls.map(\.request), right.backendCalls.map(\.request)) {
      compare("backend method", sent.method.rawValue, other.method.rawValue)
      note(
        "backend target", sent.target == other.target, left.redaction.shown(target: sent.target),
        right.redaction.shown(target: other.target))
      note(
        "backend authority", sent.authority == other.authority, left.redaction.shown(sent.authority),
        right.redaction.shown(other.authority))
      differences += fields("backend field", sent.fields, other.fields, left.redaction, right.redaction)
      compareBodies("backend body", sent.body, other.body)
    }
    return differences
  }

  private static func interim(_ result: RehearsalResult) -> String? {
    let statuses = result.answer.interims.map { "\($0.status.code)" }
    return statuses.isEmpty ? nil : statuses.joined(separator: ", ")
  }

  private static func calls(_ result: RehearsalResult) -> String {
    result.backendCalls.isEmpty ? "not called" : "called by \(result.backendCalls.map(\.step).joined(separator: ", "))"
  }

  private static func status(_ result: RehearsalResult) -> String? { result.answer.status.map { String($0.code) } }

  private static func fields(
    _ subject: String, _ left: HTTPFields, _ right: HTTPFields, _ first: Redaction, _ second: Redaction
  ) -> [Difference] {
    var names: [HTTPField.Name] = []
    for field in Array(left) + Array(right) where !names.contains(field.name) { names.append(field.name) }
    return names.compactMap { name in
      guard left[values: name] != right[values: name] else { return nil }
      func shown(_ fields: HTTPFields, _ redaction: Redaction) -> String? {
        fields.contains(name) ? fields[fields: name].map(redaction.shown).joined(separator: ", ") : nil
      }
      return Difference(
        subject: "\(subject) \(name.rawName)", first: shown(left, first), second: shown(right, second),
        isDecision: false)
    }
  }

  /// A body by its size and its digest: it may be long, and it may be secret.
  private static func body(_ octets: ByteBuffer) -> String {
    guard octets.readableBytes > 0 else { return "empty" }
    return "\(octets.readableBytes) octet\(octets.readableBytes == 1 ? "" : "s"), sha256 \(octets.sha256.prefix(8))…"
  }
}
