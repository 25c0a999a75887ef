import NIOCore
import TelephoneKit

/// Reads what stands behind the empty line of a request: text, and the content of files.
struct HTTPFileBody {
  /// `nil` if there is none.
  private(set) var octets: ByteBuffer?
  private(set) var notes: [String] = []
  private let separator: String

  /// - Parameter type: what `Content-Type` says. The lines of a form are joined, those of multipart end as RFC 2046 asks.
  init(_ type: String?) {
    let type = type?.lowercased() ?? ""
    separator =
      type.hasPrefix(FormEncoding.contentType) ? "" : type.hasPrefix("multipart/") ? "\r\n" : "\n"
  }

  mutating func read(_ lines: [HTTPFileLine], _ reader: inout HTTPFileReader) throws(RequestProblem) {
    let end = lines.firstIndex { Self.beginsHandler($0.text) } ?? lines.endIndex
    if end < lines.endIndex {
      let line = reader.source.place(at: lines[end].offset).line
      notes.append(
        "What is to be done with the answer is left out: line \(line) of \(reader.source.name) and what follows.")
    }
    var body: [UInt8] = []
    let content = lines[..<end].drop(while: \.isBlank)
    guard let last = content.lastIndex(where: { !$0.isBlank }) else { return }
    for line in content[...last] {
      if line.offset != content.first?.offset { body += separator.utf8 }
      body += try octets(of: line, &reader)
      guard body.count <= RequestFile.mostOctets else {
        throw reader.source.problem("This body has more than 64MiB.", at: line.offset)
      }
    }
    // RFC 2046, 5.1.1: the last line of multipart ends like the others.
    if separator == "\r\n" { body += separator.utf8 }
    octets = ByteBuffer(bytes: body)
  }

  /// A line of text, or the content of the file that it names: `< FILE` as it is, `<@ FILE` with variables.
  private func octets(of line: HTTPFileLine, _ reader: inout HTTPFileReader) throws(RequestProblem) -> [UInt8] {
    guard line.text.hasPrefix("< ") || line.text.hasPrefix("<@") else {
      let text = try reader.variables.expand(line.text, at: line.offset)
      return Array((separator.isEmpty ? text.trimming { $0 == " " || $0 == "\t" } : text).utf8)
    }
    let hasVariables = line.text.hasPrefix("<@")
    let path = line.text.dropFirst(2).trimming { $0 == " " || $0 == "\t" }
    if path.hasPrefix("{%") {
      throw reader.source.problem("Scripts are not run; write the body that this one makes.", at: line.offset)
    }
    guard !path.isEmpty, !hasVariables || line.text.dropFirst(2).first == " " else {
      throw reader.source.problem("A line '< FILE' names the file of a body, in UTF-8 for '<@ FILE'.", at: line.offset)
    }
    let content = try reader.source.file(try reader.variables.expand(path, at: line.offset), at: line.offset)
    guard hasVariables else { return content }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw reader.source.problem("The file is not UTF-8; write '< \(path)', without '@'.", at: line.offset)
    }
    return Array(try reader.variables.expand(text, at: line.offset).utf8)
  }

  /// Whether a line says what is to be done with the answer: `> {% … %}`, `> FILE.js`, `>> FILE`, `<> FILE`.
  private static func beginsHandler(_ text: String) -> Bool {
    text.hasPrefix("> {%") || text.hasPrefix(">> ") || text.hasPrefix(">>! ") || text.hasPrefix("<> ")
      || text.hasPrefix("> ") && text.hasSuffix(".js")
  }
}
