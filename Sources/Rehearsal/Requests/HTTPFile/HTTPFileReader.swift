import HTTPTypes
import PipelineFile
import TelephoneKit

/// Reads `.http` and `.rest` files, as the editors of JetBrains and the REST client of VS Code do: the part that both have
/// and that says what is sent. The rest is refused where it would change the request.
struct HTTPFileReader {
  let source: RequestSource
  var variables: HTTPFileVariables

  static func drafts(_ source: RequestSource) throws(RequestProblem) -> [RequestDraft] {
    let blocks = HTTPFileBlock.blocks(of: try HTTPFileLine.lines(of: source))
    var reader = HTTPFileReader(source: source, variables: HTTPFileVariables(of: source))
    for line in blocks.flatMap(\.variables) { try reader.variables.define(line) }
    var drafts: [RequestDraft] = []
    for block in blocks {
      guard let line = block.requestLine else { continue }
      drafts.append(try reader.draft(block, line))
      guard drafts.count <= RequestFile.mostRequests else { break }
    }
    return drafts
  }

  private mutating func draft(_ block: HTTPFileBlock, _ line: HTTPFileLine) throws(RequestProblem) -> RequestDraft {
    guard !line.trimmed.hasPrefix("< {%") else {
      throw source.problem("Scripts are not run; write the values that this one sets.", at: line.offset)
    }
    var fields = HTTPFields()
    for line in block.fields { try add(line, to: &fields) }
    var message = try message(line, host: fields[values: .hostField].last)
    message.name = block.name
    message.fields = fields
    var body = HTTPFileBody(fields[.contentType])
    try body.read(block.body, &self)
    message.body = body.octets
    message.notes += body.notes
    return message.draft
  }

  private mutating func add(_ line: HTTPFileLine, to fields: inout HTTPFields) throws(RequestProblem) {
    guard let colon = line.text.firstIndex(of: ":") else {
      throw source.problem(
        "A field 'Name: value' must stand here; a body begins behind an empty line.", at: line.offset)
    }
    let name = String(line.text[..<colon])
    guard name.lowercased() != "x-request-type" else {
      throw source.problem("GraphQL is not made into a body; write the JSON that is sent.", at: line.offset)
    }
    let value = try variables.expand(String(line.text[line.text.index(after: colon)...]), at: line.offset)
    do {
      try ClientMessage.add(try ClientMessage.field(name, value), to: &fields)
    } catch {
      throw source.problem(error.reason.ended, at: line.offset)
    }
  }

  /// Method and URL of `GET https://example.com/ HTTP/1.1`, or of a URL alone. A URL may be a path if there is a `Host`.
  private mutating func message(_ line: HTTPFileLine, host: String?) throws(RequestProblem) -> ClientMessage {
    var words = line.trimmed.split { $0 == " " || $0 == "\t" }
    if words.count > 1, words.last?.hasPrefix("HTTP/") ?? false { words.removeLast() }
    guard words.count > 1 || words.first?.contains(where: { !("A"..."Z").contains($0) }) ?? false else {
      throw source.problem("This line names no URL.", at: line.offset)
    }
    var token = "GET"
    if words.count > 1, !words[0].contains(where: { "/:{?".contains($0) }) { token = String(words.removeFirst()) }
    switch token {
    case "GRAPHQL", "GRPC", "RSOCKET":
      throw source.problem("\(token) is not supported; write the HTTP request that is sent.", at: line.offset)
    case "WEBSOCKET": token = "GET"
    case "import", "run":
      throw source.problem("'\(token)' is not supported; name that file in a --request of its own.", at: line.offset)
    case "curl":
      throw source.problem("A line of curl belongs into a file that ends in .curl.", at: line.offset)
    default: break
    }
    guard let method = HTTPRequest.Method(token) else {
      throw source.problem("'\(token.prefix(64))' is no method token (RFC 9110, 9.1).", at: line.offset)
    }
    var text = try variables.expand(words.joined(separator: " "), at: line.offset)
    if text.hasPrefix("/") {
      guard let host else {
        throw source.problem("This URL is a path only; add a field 'Host: example.com'.", at: line.offset)
      }
      text = "http://\(host)\(text)"
    }
    do {
      return ClientMessage(method: method, url: try RequestURL(text, scheme: "http"))
    } catch {
      throw source.problem("The URL \(error.reason).", at: line.offset)
    }
  }
}
