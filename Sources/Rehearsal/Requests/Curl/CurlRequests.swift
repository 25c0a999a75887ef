import Foundation
import HTTPTypes
import NIOCore
import PipelineFile

/// Makes requests of a command of curl: what curl would send, but for one thing. The path of the URL stays as it was
/// pasted, as with `--path-as-is`, since to try `..` is what this is for.
struct CurlRequests {
  let source: RequestSource
  let command: CurlCommand

  /// What curl calls itself.
  static let userAgent = "curl/8.11.0"

  /// One for each URL.
  func drafts() throws(RequestProblem) -> [RequestDraft] {
    guard !command.urls.isEmpty else {
      throw source.problem("This command names no URL.", at: command.offset)
    }
    var drafts: [RequestDraft] = []
    for word in command.urls { drafts.append(try draft(word)) }
    return drafts
  }

  private func draft(_ word: ShellWord) throws(RequestProblem) -> RequestDraft {
    var url = try url(word)
    var query = command.query ?? []
    if command.sendsDataInQuery, let data = command.data { query += (query.isEmpty ? [] : [UInt8(ascii: "&")]) + data }
    if !query.isEmpty {
      let added = String(decoding: query, as: UTF8.self)
      guard RequestDraft.isTarget(added) else {
        throw source.problem("What is added to the query holds a space or a control; write it as %20.", at: word.offset)
      }
      url.target += (url.target.contains("?") ? "&" : "?") + added
    }
    if let word = command.requestTarget {
      let target = try text(word, "--request-target")
      guard RequestDraft.isTarget(target) else {
        throw source.problem("--request-target holds a space or a control; write it as %20.", at: word.offset)
      }
      url.target = target
    }
    let body = command.sendsDataInQuery ? nil : command.data
    var message = ClientMessage(method: try method(body), url: url, body: body.map { ByteBuffer(bytes: $0) })
    message.fields = try CurlFields(source: source, command: command).fields(url, hasBody: body != nil)
    if !command.ignored.isEmpty {
      message.notes.append("These options of curl have no effect here: \(command.ignored.joined(separator: ", ")).")
    }
    return message.draft
  }

  private func url(_ word: ShellWord) throws(RequestProblem) -> RequestURL {
    let text = try text(word, "the URL")
    if !command.isGlobOff, Self.globs(text) {
      throw source.problem(
        "curl would make several URLs of the brackets; write them out, or add -g to send the brackets as they are.",
        at: word.offset)
    }
    do {
      return try RequestURL(text, scheme: "http")
    } catch {
      throw source.problem("The URL \(error.reason).", at: word.offset)
    }
  }

  /// Whether curl would make several URLs of one. The brackets of an IPv6 address are none for it.
  private static func globs(_ text: String) -> Bool {
    let rest = RequestURL.scheme(of: text)?.rest ?? text[...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    let host = rest[..<end].lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
    let address = rest[host..<end].prefixMatch(of: /\[[^\[\]{}]*:[^\[\]{}]*\]?/)?.range
    return (rest[..<host] + rest[(address?.upperBound ?? host)...]).contains { "[]{}".contains($0) }
  }

  private func method(_ body: [UInt8]?) throws(RequestProblem) -> HTTPRequest.Method {
    guard !command.isHead || body == nil else {
      throw source.problem("-I sends no data; add -G, or take one of them out.", at: command.offset)
    }
    guard let word = command.method else { return command.isHead ? .head : body == nil ? .get : .post }
    guard let method = HTTPRequest.Method(try text(word, "-X")) else {
      throw source.problem("-X takes a method token such as PUT (RFC 9110, 9.1).", at: word.offset)
    }
    return method
  }

  private func text(_ word: ShellWord, _ what: String) throws(RequestProblem) -> String {
    guard let text = word.text else { throw source.problem("The octets of \(what) are not UTF-8.", at: word.offset) }
    return text
  }
}
