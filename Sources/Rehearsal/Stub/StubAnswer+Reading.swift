import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit

extension StubAnswer {
  static let keys =
    ["status", "fields"] + BodyReader.keys + ["chunks", "pause", "delay", "trailers", "interim", "fail"]

  /// Reads an answer whose keys are known to be right.
  init(_ map: MapReader, _ files: FileContents, into diagnostics: inout DiagnosticList) {
    self.init()
    if let code = map.value("status", in: 200...599, into: &diagnostics) { status = .init(integerLiteral: code) }
    if let pair = map["fields"] { fields = FieldsReader.read(pair.value, of: "fields", into: &diagnostics) ?? [:] }
    if let content = BodyReader(files: files).read(map, into: &diagnostics) {
      pieces = content.octets.readableBytes > 0 ? [content.octets] : []
      if let type = content.type, !fields.contains(.contentType) { fields[.contentType] = type }
    }
    readChunks(map, into: &diagnostics)
    let times = Duration.zero...Duration.seconds(86_400 * 366)
    delay = map.value("delay", in: times, into: &diagnostics) ?? .zero
    pause = map.value("pause", in: times, into: &diagnostics) ?? .zero
    if let pair = map["pause"], map["chunks"] == nil {
      diagnostics.error(at: pair.keyPlace, "'pause' stands between chunks; give 'chunks', too")
    }
    if let pair = map["trailers"] { trailers = FieldsReader.read(pair.value, of: "trailers", into: &diagnostics) }
    if let pair = map["interim"] { readInterims(pair.value, into: &diagnostics) }
    if let pair = map["fail"] { breaks = readBreak(pair.value, into: &diagnostics) }
  }

  /// A size by which the body is cut, or a list of texts in place of a body.
  private mutating func readChunks(_ map: MapReader, into diagnostics: inout DiagnosticList) {
    guard let pair = map["chunks"] else { return }
    guard case .sequence(let nodes) = pair.value.content else {
      let sizes = ByteSize.octets(1)...ByteSize.octets(FileContents.mostOctets)
      guard let size = map.value("chunks", in: sizes, into: &diagnostics) else { return }
      cut(to: size.octets)
      return
    }
    _ = map.only(BodyReader.keys + ["chunks"], into: &diagnostics)
    pieces = nodes.compactMap { node in
      guard let text = LongText.read(node, of: "chunks", into: &diagnostics) else { return nil }
      if text.isEmpty { diagnostics.error(at: node.place, "a chunk has at least one octet") }
      return ByteBuffer(string: text)
    }
  }

  private mutating func readInterims(_ node: YAMLNode, into diagnostics: inout DiagnosticList) {
    let nodes: [YAMLNode]
    if case .sequence(let elements) = node.content { nodes = elements } else { nodes = [node] }
    for node in nodes {
      let heads = "'interim' is a status such as 103, or a map with 'status' and 'fields', or a list of these"
      var code: Int?
      var fields = HTTPFields()
      switch node.content {
      case .scalar(let scalar): code = Int(scalar.text)
      case .mapping:
        guard let map = MapReader(node, "an interim head", keys: ["status", "fields"], into: &diagnostics) else {
          continue
        }
        code = map.value("status", Int.self, into: &diagnostics)
        if let pair = map["fields"] { fields = FieldsReader.read(pair.value, of: "fields", into: &diagnostics) ?? [:] }
      case .unusable: continue
      case .sequence: break
      }
      guard let code, (100...199).contains(code), code != 101 else {
        diagnostics.error(at: node.place, "\(heads); a status is from 100 to 199, without 101")
        continue
      }
      interims.append(Interim(.init(integerLiteral: code), fields: fields))
    }
  }

  /// `head`, a number of octets, or a map with `at`, `status` and `code`.
  private func readBreak(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> Break? {
    var at = node
    var (status, code): (Int?, String?)
    if case .mapping = node.content {
      guard let map = MapReader(node, "a failure", keys: ["at", "status", "code"], into: &diagnostics) else {
        return nil
      }
      guard let pair = map["at"] else {
        diagnostics.error(at: node.place, "'at' is missing; write 'at: head', or the octet of the body")
        return nil
      }
      at = pair.value
      status = map.value("status", in: 400...599, into: &diagnostics)
      code = map.value("code", String.self, into: &diagnostics)
    }
    if at.isUnusable { return nil }
    let point: Break.Point
    if at.scalar?.text == "head" {
      point = .head
    } else if let octet = at.scalar.flatMap({ ByteSize(text: $0.text) })?.octets {
      guard octet <= octets else {
        diagnostics.error(at: at.place, "the body has only \(octets) octets")
        return nil
      }
      point = .octet(octet)
    } else {
      diagnostics.error(at: at.place, "'fail' takes 'head', or the octet of the body at which it breaks off")
      return nil
    }
    return Break(at: point, status: status.map { .init(integerLiteral: $0) } ?? .badGateway, code: code)
  }
}
