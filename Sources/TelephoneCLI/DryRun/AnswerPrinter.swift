import HTTPTypes
import NIOCore
import TelephoneKit

/// Writes an answer and its chunks for people. Octets that are no text are shown in hexadecimal.
struct AnswerPrinter {
  /// The most octets of a chunk that are shown.
  static let shownOctets = 1024

  let terminal: Terminal
  let redaction: Redaction

  func lines(_ answer: ConsoleSink.Answer) -> [String] {
    var lines = answer.interim.map(Self.line)
    if let status = answer.status {
      lines.append(terminal.bold(Self.line(status)))
      lines += answer.fields.map { "\($0.name): \(redaction.shown($0))" }
    }
    for (index, chunk) in answer.chunks.enumerated() {
      let octets = chunk.readableBytes
      lines.append("")
      lines.append(
        terminal.dim("chunk \(index + 1) of \(answer.chunks.count), \(octets) octet\(octets == 1 ? "" : "s")"))
      lines.append(shown(chunk))
    }
    if let trailers = answer.trailers, !trailers.isEmpty {
      lines += ["", terminal.dim("trailers")] + trailers.map { "\($0.name): \(redaction.shown($0))" }
    }
    if let reason = answer.abortedBy { lines += ["", terminal.red("The answer was cut off: \(reason)")] }
    return lines
  }

  private static func line(_ status: HTTPResponse.Status) -> String {
    "HTTP \(status.code)\(status.reasonPhrase.isEmpty ? "" : " \(status.reasonPhrase)")"
  }

  private func shown(_ chunk: ByteBuffer) -> String {
    let head = chunk.readableBytesView.prefix(Self.shownOctets)
    let more = chunk.readableBytes > head.count ? "… and \(chunk.readableBytes - head.count) more octets" : ""
    let text = String(validating: chunk.readableBytesView, as: UTF8.self)
    let isText = text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 || "\t\r\n".unicodeScalars.contains($0) } }
    if isText == true {
      return redaction.shown(String(decoding: head, as: UTF8.self)) + (more.isEmpty ? "" : "\n\(more)")
    }
    let hex = head.prefix(256).map { octet in
      (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }.joined(separator: " ")
    return hex + (chunk.readableBytes > 256 ? "\n… and \(chunk.readableBytes - 256) more octets" : "")
  }
}
