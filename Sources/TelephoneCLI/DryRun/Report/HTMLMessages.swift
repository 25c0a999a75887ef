import HTTPTypes
import NIOCore
import Rehearsal
import TelephoneKit

/// The request, what reached the backend, and the answer, on a page of HTML.
struct HTMLMessages {
  private let result: RehearsalResult

  init(_ result: RehearsalResult) { self.result = result }

  var request: String {
    "<details><summary>What came in</summary>\(message(result.request))</details>"
  }

  /// Empty if nothing reached a stub.
  var backend: String {
    result.backendCalls.map { call in
      HTMLPage.element("h3", "What reached the backend at \(call.step)") + message(call.request)
    }.joined(separator: "\n")
  }

  var answer: String {
    var html = [HTMLPage.element("h3", "Answer")]
    let answer = result.answer
    for interim in answer.interims { html.append(pre([interim.status.line], interim.fields)) }
    if let status = answer.status { html.append(pre([status.line], answer.fields)) }
    for (index, chunk) in answer.chunks.enumerated() {
      html.append(
        HTMLPage.element(
          "p", "Chunk \(index + 1) of \(answer.chunks.count), \(octets(chunk.readableBytes))", class: "soft"))
      html.append(HTMLPage.element("pre", ShownBody(chunk, hiding: result.redaction).lines.joined(separator: "\n")))
    }
    if let trailers = answer.trailers, !trailers.isEmpty { html.append(pre(["Trailers"], trailers)) }
    if let reason = answer.abortedBy {
      html.append(HTMLPage.element("p", "The answer was cut off: \(reason)", class: "bad"))
    }
    return html.joined(separator: "\n")
  }

  private func message(_ draft: RequestDraft) -> String {
    let target = result.redaction.shown(target: draft.target)
    let head = ["\(draft.method) \(target)", "Host: \(result.redaction.shown(draft.authority))"]
    let body = draft.body.readableBytes
    return pre(head, draft.fields)
      + (body > 0 ? HTMLPage.element("p", "A body of \(octets(body)).", class: "soft") : "")
  }

  private func pre(_ head: [String], _ fields: HTTPFields) -> String {
    HTMLPage.element(
      "pre", (head + fields.map { "\($0.name): \(result.redaction.shown($0))" }).joined(separator: "\n"))
  }

  private func octets(_ count: Int) -> String { "\(count) octet\(count == 1 ? "" : "s")" }
}
