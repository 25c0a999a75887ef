import Foundation
import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit

/// Reads requests written as JSON, and the exchanges that `telephone run --record` writes: of those only the request.
struct ExchangeReader {
  /// What a recording calls itself.
  static let format = "exchange/1"

  let source: RequestSource

  /// Of one object, or of a list of them.
  func drafts(_ root: JSONNode) throws(RequestProblem) -> [RequestDraft] {
    guard let elements = root.list else { return [try draft(root, entry: nil)] }
    guard elements.count <= RequestFile.mostRequests else {
      throw problem("It holds more than \(RequestFile.mostRequests) requests; split it.", root)
    }
    var drafts: [RequestDraft] = []
    for (index, element) in elements.enumerated() { drafts.append(try draft(element, entry: index + 1)) }
    return drafts
  }

  private func draft(_ node: JSONNode, entry: Int?) throws(RequestProblem) -> RequestDraft {
    guard node.members != nil else { throw problem("A request is an object, not \(node.words).", node) }
    let name = entry.map { "\(FilePath.name(of: source.name)) entry \($0)" }
    guard node["telephone"] != nil || node["request"] != nil else { return try request(node, name: name) }
    if let format = node["telephone"], format.text != Self.format {
      throw problem(
        "This program reads \"telephone\": \"\(Self.format)\" only; a newer one may have written this.", format)
    }
    guard let request = node["request"] else { throw problem("This exchange has no 'request'.", node) }
    let id = try text("id", of: node, "the id of an exchange")
    return try self.request(request, name: name ?? id)
  }

  private static let members = [
    "name", "method", "scheme", "authority", "target", "client-address", "fields", "body", "body-base64", "body-octets",
    "body-is-cut", "trailers", "websocket",
  ]

  private func request(_ node: JSONNode, name: String?) throws(RequestProblem) -> RequestDraft {
    guard let members = node.members else { throw problem("'request' is an object, not \(node.words).", node) }
    for member in members where !Self.members.contains(member.name) {
      throw source.problem(
        "A request has no '\(member.name.prefix(64))'\(NearestName.hint(for: member.name, among: Self.members))"
          .ended, at: member.nameOffset)
    }
    guard let target = node["target"] else {
      throw problem("This request has no 'target'; write the path and the query, such as \"/a?b=1\".", node)
    }
    let body = try self.body(node)
    let scheme = try text("scheme", of: node, "http or https") ?? "http"
    guard ["http", "https"].contains(scheme) else {
      throw problem("'scheme' is http or https.", node["scheme"] ?? node)
    }
    let token = try text("method", of: node, "a method") ?? (body == nil ? "GET" : "POST")
    guard let method = HTTPRequest.Method(token) else {
      throw problem("'method' must be a token such as GET (RFC 9110, 9.1).", node["method"] ?? node)
    }
    guard let targetText = target.text, RequestDraft.isTarget(targetText) else {
      throw problem(
        "'target' is a path and a query without spaces and controls, such as \"/a?b=1\".", target)
    }
    let authority = try text("authority", of: node, "a host") ?? "localhost"
    guard RequestDraft.isAuthority(authority) else {
      throw problem("'authority' is a host such as \"example.com:8080\".", node["authority"] ?? node)
    }
    let address = try text("client-address", of: node, "an address") ?? "127.0.0.1"
    guard RequestDraft.isAddress(address) else {
      throw problem("'client-address' is an IP address such as \"203.0.113.7\".", node["client-address"] ?? node)
    }
    var draft = RequestDraft(
      name: try text("name", of: node, "a name") ?? name, method: method, scheme: scheme, authority: authority,
      target: targetText, clientAddress: address,
      fields: try fields("fields", of: node), body: body ?? ByteBuffer(),
      trailers: node["trailers"] == nil ? nil : try fields("trailers", of: node),
      asksForWebSocket: try flag("websocket", of: node))
    let isChunked = draft.passGateway()
    // A recording says of a body without a declared length how long it was; by hand nobody does.
    if let body, !isChunked, node["body-octets"] == nil, draft.trailers == nil, !draft.fields.contains(.contentLength) {
      draft.fields[.contentLength] = String(body.readableBytes)
    }
    if try flag("body-is-cut", of: node) {
      let whole = node["body-octets"]?.integer.map { " of \($0)" } ?? ""
      draft.notes.append(
        "The recording holds only the first \(draft.body.readableBytes)\(whole) octets of its body.")
    }
    return draft
  }

  private func body(_ node: JSONNode) throws(RequestProblem) -> ByteBuffer? {
    let text = try text("body", of: node, "text; write other octets as 'body-base64'")
    guard let encoded = try self.text("body-base64", of: node, "base64") else {
      return text.map { ByteBuffer(string: $0) }
    }
    let place = node["body-base64"] ?? node
    guard text == nil else { throw problem("'body' and 'body-base64' exclude each other.", place) }
    guard let data = Data(base64Encoded: encoded) else {
      throw problem("'body-base64' is not base64 (RFC 4648, 4).", place)
    }
    return ByteBuffer(bytes: data)
  }

  private func text(_ name: String, of node: JSONNode, _ meant: String) throws(RequestProblem) -> String? {
    guard let value = node[name] else { return nil }
    guard let text = value.text else { throw problem("'\(name)' is \(meant), not \(value.words).", value) }
    return text
  }

  private func flag(_ name: String, of node: JSONNode) throws(RequestProblem) -> Bool {
    guard let value = node[name] else { return false }
    guard let flag = value.boolean else { throw problem("'\(name)' is true or false, not \(value.words).", value) }
    return flag
  }

  func problem(_ sentence: String, _ node: JSONNode) -> RequestProblem { source.problem(sentence, at: node.offset) }
}

extension String {
  /// The sentence with its end, if it has none yet.
  var ended: String { hasSuffix(".") || hasSuffix("?") ? self : self + "." }
}
