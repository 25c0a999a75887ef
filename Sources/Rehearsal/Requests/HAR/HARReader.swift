import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit

/// Reads the requests of an HTTP Archive, as browsers and proxies export it (HAR 1.2).
struct HARReader {
  let source: RequestSource

  /// Of all entries. What is not HTTP, such as a `data:` URL, is left out, and the first draft says so.
  func drafts(_ root: JSONNode) throws(RequestProblem) -> [RequestDraft] {
    guard let log = root["log"], log.members != nil else { throw problem("A HAR is an object with a 'log'.", root) }
    guard let entries = log["entries"]?.list else { throw problem("'log' has no list of 'entries'.", log) }
    guard entries.count <= RequestFile.mostRequests else {
      throw problem("It holds more than \(RequestFile.mostRequests) entries; split it.", log["entries"] ?? log)
    }
    var drafts: [RequestDraft] = []
    var left: [String] = []
    for (index, entry) in entries.enumerated() {
      let number = index + 1
      guard let request = entry["request"] else { throw problem("Entry \(number) has no 'request'.", entry) }
      if let url = request["url"]?.text, let scheme = Self.otherScheme(url) {
        left.append("\(number) (\(scheme):)")
      } else {
        drafts.append(try draft(request, number: number))
      }
    }
    if let first = drafts.indices.first, !left.isEmpty {
      drafts[first].notes.append(
        "\(FilePath.name(of: source.name)): entries that are not HTTP are left out: \(left.joined(separator: ", ")).")
    }
    return drafts
  }

  /// The scheme of a URL that is not for HTTP.
  private static func otherScheme(_ url: String) -> String? {
    let scheme = url.prefix { $0 != ":" }
    guard scheme.count < url.count, scheme.allSatisfy({ $0.isASCII && ($0.isLetter || "+-.".contains($0)) }) else {
      return nil
    }
    return ["http", "https", "ws", "wss"].contains(scheme.lowercased()) ? nil : String(scheme.prefix(32))
  }

  private func draft(_ request: JSONNode, number: Int) throws(RequestProblem) -> RequestDraft {
    guard let token = request["method"]?.text, let method = HTTPRequest.Method(token) else {
      throw problem("Entry \(number): 'method' must be a token such as GET.", request["method"] ?? request)
    }
    guard let text = request["url"]?.text else { throw problem("Entry \(number) has no 'url'.", request) }
    let url: RequestURL
    do {
      url = try RequestURL(text)
    } catch {
      throw problem("Entry \(number): the URL \(error.reason).", request["url"] ?? request)
    }
    var message = ClientMessage(
      name: "\(FilePath.name(of: source.name)) entry \(number)", method: method, url: url)
    var length: Int?
    let headers = request["headers"]
    guard headers == nil || headers?.list != nil else {
      throw problem("Entry \(number): 'headers' is a list of names and values.", headers ?? request)
    }
    for header in headers?.list ?? [] {
      guard let name = header["name"]?.text, let value = header["value"]?.text ?? (header["value"] == nil ? "" : nil)
      else { throw problem("Entry \(number): a header has a 'name' and a 'value', both text.", header) }
      if name.hasPrefix(":") {
        // Of HTTP/2 and HTTP/3 (RFC 9113, 8.3): they say again what method and URL say.
        if name == ":authority", message.fields[.hostField] == nil { message.fields[.hostField] = value }
        continue
      }
      do {
        let field = try ClientMessage.field(name, value)
        // The length of what is in the file is set below.
        if field.name == .contentLength {
          length = Int(field.value)
        } else {
          try ClientMessage.add(field, to: &message.fields)
        }
      } catch {
        throw problem("Entry \(number): \(error.reason).", header)
      }
    }
    if message.fields[values: .hostField].last == url.authority { message.fields[.hostField] = nil }
    let content = try HARContent(request, number: number, in: source)
    message.body = content.octets
    message.notes += content.notes
    if content.octets == nil, let length, length > 0 { message.fields[.contentLength] = String(length) }
    if let type = content.type, !message.fields.contains(.contentType) { message.fields[.contentType] = type }
    return message.draft
  }

  private func problem(_ sentence: String, _ node: JSONNode) -> RequestProblem {
    source.problem(sentence, at: node.offset)
  }
}
