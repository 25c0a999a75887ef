import Foundation
import NIOCore
import PipelineFile
import TelephoneKit

/// A value of JSON (RFC 8259).
typealias JSONValue = Claims.Claim

extension JSONValue {
  /// The value that a node stands for (YAML 1.2.2, 10.3): what stands in quotes, or came from a variable, is text.
  init(_ node: YAMLNode) {
    switch node.content {
    case .unusable: self = .null
    case .sequence(let nodes): self = .list(nodes.map(JSONValue.init))
    case .mapping(let pairs):
      self = .object(Dictionary(pairs.map { ($0.key, JSONValue($0.value)) }, uniquingKeysWith: { first, _ in first }))
    case .scalar(let scalar):
      guard scalar.isPlain, !scalar.isInterpolated else {
        self = .text(scalar.text)
        return
      }
      switch scalar.text {
      case _ where scalar.isNull: self = .null
      case "true", "True", "TRUE": self = .boolean(true)
      case "false", "False", "FALSE": self = .boolean(false)
      default: self = Self.number(scalar.text) ?? .text(scalar.text)
      }
    }
  }

  /// The same. A whole number that cannot be kept digit for digit is an error in the list.
  static func read(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> JSONValue {
    refuseLongNumbers(in: node, into: &diagnostics)
    return JSONValue(node)
  }

  private static func refuseLongNumbers(in node: YAMLNode, into diagnostics: inout DiagnosticList) {
    switch node.content {
    case .unusable: break
    case .sequence(let nodes): for node in nodes { refuseLongNumbers(in: node, into: &diagnostics) }
    case .mapping(let pairs): for pair in pairs { refuseLongNumbers(in: pair.value, into: &diagnostics) }
    case .scalar(let scalar):
      guard scalar.isPlain, !scalar.isInterpolated, scalar.text.wholeMatch(of: /-?[0-9]+/) != nil,
        Int64(scalar.text) == nil
      else { return }
      diagnostics.error(
        at: node.place, "'\(scalar.text.prefix(80))' has more digits than are kept of a number; put it in quotes")
    }
  }

  /// A number as JSON writes it; `nil` for any other text.
  private static func number(_ text: String) -> JSONValue? {
    guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) })
    else { return nil }
    return Int64(text).map(JSONValue.integer) ?? Double(text).flatMap { $0.isFinite ? .number($0) : nil }
  }

  /// - Throws: what the decoder throws for octets that are no JSON.
  init(json octets: ByteBuffer) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(octets.readableBytesView))
  }

  /// As JSON in one line, the names in order.
  var jsonText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(Encoded(value: self))).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  /// The value at a pointer (RFC 6901); `nil` if there is none.
  func value(at pointer: JSONPointer) -> JSONValue? {
    var value = self
    for name in pointer.names {
      switch value {
      case .object(let object):
        guard let next = object[name] else { return nil }
        value = next
      case .list(let list):
        guard let index = Int(name), list.indices.contains(index), String(index) == name else { return nil }
        value = list[index]
      default: return nil
      }
    }
    return value
  }

  /// Whether two are the same, numbers by what they are worth.
  func equals(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let left), .number(let right)), (.number(let right), .integer(let left)):
      Double(exactly: left) == right
    case (.list(let left), .list(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
    case (.object(let left), .object(let right)):
      left.count == right.count && left.allSatisfy { name, value in right[name].map(value.equals) ?? false }
    default: self == other
    }
  }

  private struct Encoded: Encodable {
    let value: JSONValue

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch value {
      case .null: try container.encodeNil()
      case .boolean(let flag): try container.encode(flag)
      case .integer(let number): try container.encode(number)
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      case .list(let list): try container.encode(list.map(Encoded.init))
      case .object(let object): try container.encode(object.mapValues(Encoded.init))
      }
    }
  }
}

/// Names a value in JSON (RFC 6901): nothing for the whole, `/a/0` for the first element of `a`.
struct JSONPointer: Sendable, Hashable {
  let text: String
  let names: [String]

  /// `nil` for a text that does not begin with a slash, and for a `~` that is no escape.
  init?(_ text: String) {
    guard text.isEmpty || text.hasPrefix("/") else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for part in parts {
      let escapes = part.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
      guard escapes.allSatisfy({ $0.hasPrefix("0") || $0.hasPrefix("1") }) else { return nil }
    }
    self.text = text
    self.names = parts.map { String($0.replacing("~1", with: "/").replacing("~0", with: "~")) }
  }
}
