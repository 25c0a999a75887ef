import Foundation
import HTTPTypes
import NIOCore
import PipelineFile
import Rehearsal
import TelephoneKit

/// A dry-run as JSON, for programs. Secrets are hidden in it as everywhere.
struct JSONReport: Encodable {
  /// What it calls itself; it grows with members, and changes its number when one of them means something else.
  var telephone = "dry-run/1"
  var pipeline: String
  var file: String
  var backend: String
  var requests: [Entry]

  init(_ pass: DryRunPass) {
    pipeline = pass.pipeline.name
    file = pass.pipeline.file
    backend = pass.isLive ? "live" : "stub"
    let options = pass.pipeline.optionsInForce
    requests = pass.exchanges.map { Entry($0, options) }
  }

  /// A request and what came of it.
  struct Entry: Encodable {
    var number: Int
    var name: String?
    var notes: [String]
    var clockMs: Double
    var request: Message
    var outcome: End
    var answer: Answer
    var backend: [Call]
    var trace: [Step]

    init(_ exchange: DryRunPass.Exchange, _ options: [String: [OptionInForce]]) {
      let result = exchange.result
      number = exchange.number
      name = result.request.name.map { result.redaction.shown($0) }
      notes = result.request.notes
      clockMs = exchange.offset.inSeconds * 1000
      request = Message(result.request, result.redaction)
      outcome = End(
        kind: result.outcome.kind.rawValue, status: result.outcome.status, code: result.outcome.code,
        decidedBy: result.outcome.decidedBy)
      answer = Answer(result.answer, result.redaction)
      backend = result.backendCalls.map { call in
        Call(step: call.step, isWhole: call.isWhole, request: Message(call.request, result.redaction))
      }
      trace = result.trace.map { Step($0, options[$0.step] ?? []) }
    }
  }

  struct Message: Encodable {
    var method: String
    var scheme: String
    var authority: String
    var target: String
    var clientAddress: String?
    var fields: [[String]]
    var bodyOctets: Int

    init(_ draft: RequestDraft, _ redaction: Redaction) {
      method = draft.method.rawValue
      scheme = draft.scheme
      authority = redaction.shown(draft.authority)
      target = redaction.shown(target: draft.target)
      clientAddress = draft.clientAddress
      fields = pairs(draft.fields, redaction)
      bodyOctets = draft.body.readableBytes
    }
  }

  struct Call: Encodable {
    var step: String
    var isWhole: Bool
    var request: Message
  }

  struct End: Encodable {
    var kind: String
    var status: Int?
    var code: String?
    var decidedBy: String?
  }

  struct Answer: Encodable {
    var interims: [Int]
    var status: Int?
    var fields: [[String]]
    /// The octets of each.
    var chunks: [Int]
    /// Its beginning: text, or octets in hexadecimal.
    var body: String
    var bodyOctets: Int
    var trailers: [[String]]?
    var abortedBy: String?

    init(_ answer: EmittedAnswer, _ redaction: Redaction) {
      interims = answer.interims.map(\.status.code)
      status = answer.status?.code
      fields = pairs(answer.fields, redaction)
      chunks = answer.chunks.map(\.readableBytes)
      body = ShownBody(answer.body, hiding: redaction).text
      bodyOctets = answer.body.readableBytes
      trailers = answer.trailers.map { pairs($0, redaction) }
      abortedBy = answer.abortedBy
    }
  }

  private static func pairs(_ fields: HTTPFields, _ redaction: Redaction) -> [[String]] {
    fields.map { [$0.name.rawName, redaction.shown($0)] }
  }

  /// The report as text, its members in the order of their names.
  static func text(_ value: some Encodable) throws -> String {
    try JSONEncoder.report(value, keys: .custom { path in KebabKey(path.last?.stringValue ?? "") })
  }
}

/// `decidedBy` as `decided-by`, as everywhere in files of ours.
private struct KebabKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) {
    stringValue = name.reduce(into: "") { text, character in
      if character.isUppercase { text += "-\(character.lowercased())" } else { text.append(character) }
    }
  }

  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}
