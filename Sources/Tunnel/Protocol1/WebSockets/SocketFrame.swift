import Foundation
import NIOCore
import PhoenixChannels
import TelephoneKit

/// A `ws_frame`: one message or control frame of a WebSocket, its octets in base64 (RFC 4648, 4).
struct SocketFrame {
  enum Opcode: String {
    case text
    case binary
    case ping
    case pong
  }

  var connectionID: String
  var opcode: Opcode
  var bytes: ByteBuffer

  init(connectionID: String, opcode: Opcode, bytes: ByteBuffer) {
    self.connectionID = connectionID
    self.opcode = opcode
    self.bytes = bytes
  }

  /// - Throws: a ``PayloadFault`` that names the key. Text that is not UTF-8 and control frames of more than 125 octets
  ///   are faults, too (RFC 6455, 5.5 and 5.6).
  init(_ payload: JSONValue) throws(PayloadFault) {
    let reader = try PayloadReader(payload, id: "connection_id")
    connectionID = reader.id
    guard let opcode = Opcode(rawValue: try reader.string("opcode")) else {
      throw reader.fault("opcode", "must be \"text\", \"binary\", \"ping\" or \"pong\"")
    }
    self.opcode = opcode
    bytes = try reader.bytes("data", try reader.string("data", or: ""), .base64)
    switch opcode {
    case .binary: break
    case .text:
      guard String(validating: bytes.readableBytesView, as: UTF8.self) != nil else {
        throw reader.fault("data", "is not UTF-8")
      }
    case .ping, .pong:
      guard bytes.readableBytes <= 125 else { throw reader.fault("data", "is longer than a control frame can be") }
    }
  }

  var payload: JSONValue {
    [
      "connection_id": .string(connectionID), "opcode": .string(opcode.rawValue),
      "data": .string(BodyEncoding.base64.text(of: bytes) ?? ""),
    ]
  }

  var frame: WebSocketFrame {
    switch opcode {
    case .text: .data(.text, bytes, isFinal: true)
    case .binary: .data(.binary, bytes, isFinal: true)
    case .ping: .ping(bytes)
    case .pong: .pong(bytes)
    }
  }
}

/// A `ws_close` or `ws_closed`.
struct SocketClose: Equatable {
  /// The most octets of a reason (RFC 6455, 5.5).
  static let longestReason = 123

  var connectionID: String
  /// 1005 if the close had none; 1006 if there was no close at all.
  var code: UInt16
  var reason: String

  init(connectionID: String, code: UInt16, reason: String) {
    self.connectionID = connectionID
    self.code = code
    self.reason = reason
  }

  /// A missing code is 1005, and one that no close frame can carry (RFC 6455, 7.4) is 1006. A long reason is cut.
  init(_ payload: JSONValue) throws(PayloadFault) {
    let reader = try PayloadReader(payload, id: "connection_id")
    connectionID = reader.id
    switch reader.payload["code"] {
    case nil, .null: code = 1005
    case .some(let value):
      guard let number = value.integerValue else { throw reader.fault("code", "must be a number") }
      code = UInt16(exactly: number).flatMap { Self.isCode($0) || $0 == 1005 ? $0 : nil } ?? 1006
    }
    reason = code == 1005 ? "" : Self.cut(try reader.string("reason", or: ""))
  }

  var payload: JSONValue {
    ["connection_id": .string(connectionID), "code": .integer(Int64(code)), "reason": .string(reason)]
  }

  /// Whether a close frame may carry the code.
  static func isCode(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }

  private static func cut(_ reason: String) -> String {
    guard reason.utf8.count > longestReason else { return reason }
    var cut = ""
    for character in reason.unicodeScalars {
      guard cut.utf8.count + UTF8.width(character) <= longestReason else { break }
      cut.unicodeScalars.append(character)
    }
    return cut
  }
}
