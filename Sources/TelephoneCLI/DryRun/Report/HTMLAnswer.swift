import HTTPTypes
import NIOCore
import Rehearsal
import TelephoneKit

/// What reached the backend, and the answer, on a page of HTML.
struct HTMLAnswer {
  private let result: RehearsalResult

  init(_ result: RehearsalResult) { self.result = result }

  var text: String {
    var html: [String] = []
    for call in result.backendCalls {
      html.append(HTMLPage.element("h3", "What reached the backend at \(call.step)"))
      let target = result.redaction.shown(target: call.request.target)
      html.append(
        pre(
          ["\(call.request.method) \(target)", "Host: \(result.redaction.shown(call.request.authority))"],
          call.request.fields))
      if call.request.body.readableBytes > 0 {
        html.append(HTMLPage.element("p", "A body of \(octets(call.request.body.readableBytes)).", class: "soft"))
      }
    }
    html.append(HTMLPage.element("h3", "Answer"))
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

  private func pre(_ head: [String], _ fields: HTTPFields) -> String {
    HTMLPage.element(
      "pre", (head + fields.map { "\($0.name): \(result.redaction.shown($0))" }).joined(separator: "\n"))
  }

  private func octets(_ count: Int) -> String { "\(count) octet\(count == 1 ? "" : "s")" }
}
