import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit

/// Reads a request that a test writes out.
struct RequestReader {
  static let keys =
    ["method", "target", "scheme", "authority", "client-address", "fields", "trailers"] + BodyReader.keys

  let files: FileContents

  /// `nil`, with an error in the list, if it is none.
  func read(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> RequestDraft? {
    if case .mapping(let pairs) = node.content, pairs.contains(where: { $0.key == "file" }) {
      return readFile(node, into: &diagnostics)
    }
    let before = diagnostics.all.count
    guard let map = MapReader(node, "a request", keys: Self.keys, into: &diagnostics) else { return nil }
    var draft = RequestDraft()
    if let content = BodyReader(files: files).read(map, into: &diagnostics) {
      draft.method = .post
      draft.body = content.octets
      if let type = content.type { draft.fields[.contentType] = type }
    }
    if let pair = map["method"], let text = map.value("method", String.self, into: &diagnostics) {
      if let method = HTTPRequest.Method(text) {
        draft.method = method
      } else {
        diagnostics.error(at: pair.value.place, "'\(text)' is no method (RFC 9110, 9.1)")
      }
    }
    if let pair = map["target"] {
      draft.target = LongText.read(pair.value, of: "target", into: &diagnostics) ?? draft.target
      if !RequestDraft.isTarget(draft.target) {
        diagnostics.error(at: pair.value.place, "'target' is a path and a query; write a space as %20")
      }
    }
    if let pair = map["scheme"], let text = map.value("scheme", String.self, into: &diagnostics) {
      draft.scheme = text
      if text != "http", text != "https" {
        diagnostics.error(at: pair.value.place, "'scheme' is http or https, not '\(text)'")
      }
    }
    if let pair = map["authority"], let text = map.value("authority", String.self, into: &diagnostics) {
      draft.authority = text
      if !RequestDraft.isAuthority(text) {
        diagnostics.error(at: pair.value.place, "'authority' is a host such as example.com:8080, not '\(text)'")
      }
    }
    if let pair = map["client-address"], let text = map.value("client-address", String.self, into: &diagnostics) {
      draft.clientAddress = text
      if !RequestDraft.isAddress(text) {
        diagnostics.error(at: pair.value.place, "'client-address' is an IP address such as 203.0.113.7, not '\(text)'")
      }
    }
    if let pair = map["fields"] { readFields(pair.value, of: &draft, into: &diagnostics) }
    if let pair = map["trailers"] {
      draft.trailers = FieldsReader.read(pair.value, of: "trailers", into: &diagnostics)
    }
    // What is for one connection is left at the gateway, as it is when the pipeline runs.
    let isChunked = draft.passGateway()
    if draft.body.readableBytes > 0, !isChunked, draft.trailers == nil, !draft.fields.contains(.contentLength) {
      draft.fields[.contentLength] = String(draft.body.readableBytes)
    }
    return diagnostics.all.count == before && !node.holdsUnusable ? draft : nil
  }

  private func readFields(_ node: YAMLNode, of draft: inout RequestDraft, into diagnostics: inout DiagnosticList) {
    guard let fields = FieldsReader.read(node, of: "fields", into: &diagnostics) else { return }
    if fields.contains(where: { $0.name.canonicalName == "host" }) {
      diagnostics.error(at: node.place, "'Host' is no field here; write 'authority' beside 'fields'")
    }
    if fields.contains(.contentType) { draft.fields[.contentType] = nil }
    draft.fields.append(contentsOf: fields)
  }

  /// One request of a file that holds some.
  private func readFile(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> RequestDraft? {
    guard let map = MapReader(node, "a request from a file", keys: ["file", "entry"], into: &diagnostics),
      let pair = map["file"], let octets = files.octets(pair.value, of: "file", into: &diagnostics),
      let name = map.value("file", String.self, into: &diagnostics)
    else { return nil }
    let entry = map["entry"]
    let number = entry == nil ? 1 : map.value("entry", Int.self, into: &diagnostics)
    guard let number else { return nil }
    do {
      let requests = try RequestFile.read(octets, named: files.path(name), reader: files.reader)
      guard number >= 1, number <= requests.count else {
        diagnostics.error(
          at: (entry ?? pair).value.place,
          "'\(files.path(name))' holds \(requests.count) request\(requests.count == 1 ? "" : "s"), and 'entry' counts from 1"
        )
        return nil
      }
      return requests[number - 1]
    } catch {
      diagnostics.error(at: pair.value.place, "no request comes of \(error.withoutStop)")
      return nil
    }
  }
}
