import HTTPTypes
import NIOCore
import Rehearsal
import TelephoneKit

/// Writes an answer and its chunks for people.
struct AnswerPrinter {
  let terminal: Terminal
  let redaction: Redaction

  func lines(_ answer: EmittedAnswer) -> [String] {
    var lines: [String] = []
    for interim in answer.interims { lines += head(interim.status, interim.fields) }
    if let status = answer.status { lines += head(status, answer.fields) }
    for (index, chunk) in answer.chunks.enumerated() {
      let octets = chunk.readableBytes
      lines.append("")
      lines.append(
        terminal.dim("chunk \(index + 1) of \(answer.chunks.count), \(octets) octet\(octets == 1 ? "" : "s")"))
      lines += ShownBody(chunk, hiding: redaction).lines
    }
    if let trailers = answer.trailers, !trailers.isEmpty {
      lines += ["", terminal.dim("trailers")] + trailers.map { "\($0.name): \(redaction.shown($0))" }
    }
    if let reason = answer.abortedBy { lines += ["", terminal.red("The answer was cut off: \(reason)")] }
    return lines
  }

  private func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> [String] {
    [terminal.bold(status.line)] + fields.map { "\($0.name): \(redaction.shown($0))" }
  }
}

extension HTTPResponse.Status {
  /// `HTTP 404 Not Found`
  var line: String { "HTTP \(code)\(reasonPhrase.isEmpty ? "" : " \(reasonPhrase)")" }
}
