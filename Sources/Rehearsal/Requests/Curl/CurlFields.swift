import Foundation
import HTTPTypes

/// The fields that curl sends, in its order: its own, then those of `-H`, which take the place of its own.
struct CurlFields {
  let source: RequestSource
  let command: CurlCommand

  func fields(_ url: RequestURL, hasBody: Bool) throws(RequestProblem) -> HTTPFields {
    let (given, removed) = try custom()
    var fields = HTTPFields()
    func add(_ name: HTTPField.Name, _ value: String, at offset: Int) throws(RequestProblem) {
      guard !removed.contains(name), !given.contains(name) else { return }
      do {
        fields.append(try ClientMessage.field(name.rawName, value))
      } catch {
        throw source.problem(error.reason.ended, at: offset)
      }
    }
    if let credentials = try credentials(url) { try add(.authorization, credentials, at: command.offset) }
    if let range = command.range { try add(.range, "bytes=\(try text(range))", at: range.offset) }
    let agent = try command.userAgent.map { word throws(RequestProblem) in try text(word) } ?? CurlRequests.userAgent
    if !agent.isEmpty { try add(.userAgent, agent, at: command.userAgent?.offset ?? command.offset) }
    try add(.accept, "*/*", at: command.offset)
    if command.isCompressed { try add(.acceptEncoding, "deflate, gzip, br, zstd", at: command.offset) }
    if let word = command.referer {
      let referer = try text(word)
      let value = referer.hasSuffix(";auto") ? String(referer.dropLast(5)) : referer
      if !value.isEmpty { try add(.referer, value, at: word.offset) }
    }
    if let first = command.cookies.first {
      var cookies: [String] = []
      for word in command.cookies { cookies.append(try text(word)) }
      try add(.cookie, cookies.joined(separator: ";"), at: first.offset)
    }
    fields.append(contentsOf: given)
    if hasBody { try add(.contentType, FormEncoding.contentType, at: command.offset) }
    return fields
  }

  /// What `-H` says: fields that are given, and names that `-H 'Name:'` takes away. `-H 'Name;'` gives one without a value.
  private func custom() throws(RequestProblem) -> (given: HTTPFields, removed: Set<HTTPField.Name>) {
    var given = HTTPFields()
    var removed: Set<HTTPField.Name> = []
    for word in command.headers {
      let line = try text(word)
      let name = line.prefix { $0 != ":" && $0 != ";" }
      let rest = line[name.endIndex...]
      let isEmpty = rest.hasPrefix(";") && rest.dropFirst().allSatisfy(\.isWhitespace)
      guard rest.hasPrefix(":") || isEmpty else {
        throw source.problem("-H takes 'Name: value'.", at: word.offset)
      }
      do {
        let field = try ClientMessage.field(String(name), isEmpty ? "" : rest.dropFirst())
        if field.value.isEmpty, !isEmpty {
          removed.insert(field.name)
        } else {
          try ClientMessage.add(field, to: &given)
        }
      } catch {
        throw source.problem(error.reason.ended, at: word.offset)
      }
    }
    return (given, removed)
  }

  /// `Basic` of `-u` or of the URL, `Bearer` of `--oauth2-bearer`.
  private func credentials(_ url: RequestURL) throws(RequestProblem) -> String? {
    if let bearer = command.bearer { return "Bearer \(try text(bearer))" }
    if let user = command.user {
      guard user.octets.contains(UInt8(ascii: ":")) else {
        throw source.problem("curl would ask for the password; write -u NAME:PASSWORD.", at: user.offset)
      }
      return "Basic \(Data(user.octets).base64EncodedString())"
    }
    guard let user = url.userInformation else { return nil }
    let decoded = (user.contains(":") ? user : "\(user):").removingPercentEncoding ?? user
    return "Basic \(Data(decoded.utf8).base64EncodedString())"
  }

  private func text(_ word: ShellWord) throws(RequestProblem) -> String {
    guard let text = word.text else {
      throw source.problem("The octets of a field are not UTF-8.", at: word.offset)
    }
    return text
  }
}
