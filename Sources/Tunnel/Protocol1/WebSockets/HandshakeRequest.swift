import HTTPTypes
import PhoenixChannels
import TelephoneKit

/// A `ws_connect` or a `ws_check`: a client's request for a WebSocket (RFC 6455, 4.1).
struct HandshakeRequest: Sendable {
  enum Kind: Sendable {
    case connect
    case check

    /// The key of the id that answers repeat.
    var idKey: String { self == .connect ? "connection_id" : "check_id" }
    var event: String { self == .connect ? "ws_connect" : "ws_check" }
  }

  var kind: Kind
  var id: String
  /// The target's path: begins with `/`.
  var path: String
  /// What follows the target's `?`; empty if there is none.
  var queryString: String
  /// All fields as they came, `Host` and the subprotocols among them.
  var fields: HTTPFields

  init(kind: Kind, id: String, path: String, queryString: String, fields: HTTPFields) {
    self.kind = kind
    self.id = id
    self.path = path
    self.queryString = queryString
    self.fields = fields
  }

  /// Reads what a gateway pushed. `query_string` and `headers` may be missing.
  /// - Throws: a ``PayloadFault`` that names the key.
  init(_ kind: Kind, _ payload: JSONValue) throws(PayloadFault) {
    let reader = try PayloadReader(payload, id: kind.idKey)
    self.kind = kind
    id = reader.id
    path = try reader.path()
    guard path != "*" else { throw reader.fault("path", "must begin with a slash") }
    queryString = try reader.queryString()
    fields = try reader.fields()
  }

  var payload: JSONValue {
    [
      kind.idKey: .string(id), "path": .string(path), "query_string": .string(queryString),
      "headers": .object(fields.proxyHeaders),
    ]
  }

  /// The request as a pipeline takes it. What belongs to the client's connection alone is left out.
  var request: Request {
    var end = EndToEndFields(fields)
    end.fields.removeAll { Self.ofOneConnection.contains($0.name) }
    return Request(
      method: .get, scheme: end.scheme, authority: end.authority,
      target: queryString.isEmpty ? path : "\(path)?\(queryString)", fields: end.fields,
      clientAddress: end.clientAddress, asksForWebSocket: true)
  }

  private static let ofOneConnection: Set<HTTPField.Name> = [
    .secWebSocketKey, .secWebSocketVersion, .secWebSocketExtensions, .secWebSocketAccept,
  ]
}

/// Why a WebSocket was not opened, or broke: the words of `ws_error` and `ws_check_result`.
enum SocketFault: String, Sendable {
  case connectionRefused = "connection_refused"
  case connectionTimeout = "connection_timeout"
  case invalidUpgrade = "invalid_upgrade"
  case backendError = "backend_error"
  case invalidFrameData = "invalid_frame_data"
  case invalidPath = "invalid_path"

  /// What an answer other than 101 means.
  init(answered status: Int) {
    switch status {
    case 504: self = .connectionTimeout
    case 502, 503: self = .connectionRefused
    case 500...: self = .backendError
    default: self = .invalidUpgrade
    }
  }

  /// What is wrong with a `ws_connect` or a `ws_check`.
  init(_ fault: PayloadFault) {
    self = fault.field == "path" || fault.field == "query_string" ? .invalidPath : .invalidUpgrade
  }

  /// The answer to the client of a gateway.
  var failure: any ExchangeError {
    switch self {
    case .invalidPath:
      Refusal(status: .badRequest, code: "invalid-path", "The telephone refused the path.")
    case .connectionTimeout:
      Failure(status: .gatewayTimeout, code: "connection-timeout", "The backend's WebSocket did not open in time.")
    case .connectionRefused:
      Failure(status: .badGateway, code: "connection-refused", "The telephone did not open the WebSocket.")
    case .invalidUpgrade:
      Failure(status: .badGateway, code: "invalid-upgrade", "What is behind the telephone opens no WebSocket here.")
    case .backendError, .invalidFrameData:
      Failure(status: .badGateway, code: "backend-error", "The backend's WebSocket broke.")
    }
  }
}
