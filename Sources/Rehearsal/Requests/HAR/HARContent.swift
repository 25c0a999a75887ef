import Foundation
import HTTPTypes
import NIOCore

/// The body of a HAR's request: what `postData` holds of it (HAR 1.2, 2.10).
struct HARContent {
  /// `nil` if the file has none.
  private(set) var octets: ByteBuffer?
  private(set) var type: String?
  private(set) var notes: [String] = []

  /// - Parameter number: of the entry.
  init(_ request: JSONNode, number: Int, in source: RequestSource) throws(RequestProblem) {
    guard let data = request["postData"] else {
      if let size = request["bodySize"]?.integer, size > 0 {
        notes.append("Entry \(number) had a body of \(size) octets that the HAR does not hold; it is sent without.")
      }
      return
    }
    guard data.members != nil else {
      throw source.problem("Entry \(number): 'postData' is an object, not \(data.words).", at: data.offset)
    }
    if let text = data["mimeType"]?.text, !text.isEmpty, HTTPField.isValidValue(text) { type = text }
    if let node = data["text"], node.text == nil {
      throw source.problem("Entry \(number): 'text' of 'postData' is text, not \(node.words).", at: node.offset)
    }
    if let node = data["params"], node.list == nil {
      throw source.problem("Entry \(number): 'params' of 'postData' is a list, not \(node.words).", at: node.offset)
    }
    if let text = data["text"]?.text, !text.isEmpty {
      octets = try Self.octets(of: text, data, number: number, in: source)
    } else if let params = data["params"]?.list, !params.isEmpty {
      try read(params, number: number, in: source)
    }
    if octets == nil, let size = request["bodySize"]?.integer, size > 0 {
      notes.append("Entry \(number) had a body of \(size) octets that the HAR does not hold; it is sent without.")
    }
  }

  /// The text, decoded if it says that it is base64, as some exporters write what is not UTF-8.
  private static func octets(
    of text: String, _ data: JSONNode, number: Int, in source: RequestSource
  ) throws(RequestProblem) -> ByteBuffer {
    guard let encoding = data["encoding"] ?? data["_encoding"] else { return ByteBuffer(string: text) }
    guard encoding.text?.lowercased() == "base64" else {
      throw source.problem("Entry \(number): the only 'encoding' is base64.", at: encoding.offset)
    }
    guard let decoded = Data(base64Encoded: text, options: .ignoreUnknownCharacters), !decoded.isEmpty else {
      throw source.problem("Entry \(number): 'text' is not base64 (RFC 4648, 4).", at: data.offset)
    }
    return ByteBuffer(bytes: decoded)
  }

  /// A form that is listed name by name.
  private mutating func read(
    _ params: [JSONNode], number: Int, in source: RequestSource
  ) throws(RequestProblem) {
    let isMultipart = type?.lowercased().hasPrefix("multipart/") ?? false
    guard !isMultipart, !params.contains(where: { $0["fileName"] != nil }) else {
      notes.append("Entry \(number) sent files, whose content a HAR does not hold; it is sent without a body.")
      return
    }
    var pairs: [String] = []
    for param in params {
      guard let name = param["name"]?.text else {
        throw source.problem("Entry \(number): a parameter of 'postData' has a 'name'.", at: param.offset)
      }
      pairs.append("\(FormEncoding.encoded(name))=\(FormEncoding.encoded(param["value"]?.text ?? ""))")
    }
    octets = ByteBuffer(string: pairs.joined(separator: "&"))
    if type == nil { type = FormEncoding.contentType }
  }
}
