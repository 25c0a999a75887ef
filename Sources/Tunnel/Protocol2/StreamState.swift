import HTTPTypes
import NIOCore

/// Which end of a line it is.
package enum LineRole: Sendable, Hashable {
  case telephone
  case gateway
}

/// How far a stream is on its way to carry a WebSocket.
enum WebSocketPhase: Sendable {
  case none
  case askedFor
  case open
}

/// What one stream may carry next, either way: heads, content, WebSocket, ends. It holds no octets.
struct StreamState: Sendable {
  let role: LineRole
  /// Whether the request was HEAD, so that its answer has no content.
  let isHead: Bool
  var webSocket: WebSocketPhase
  /// The answer to HEAD, and 204 and 304, have no content (RFC 9110, 6.4.1).
  private(set) var hasNoContent = false
  /// The answer's head was sent, or came.
  var hasHead = false
  /// Our direction is complete, the last frame of it written.
  var localEnded: Bool
  var remoteEnded: Bool
  /// Octets of content that must still go out, where a `Content-Length` says so.
  var localLeft: Int?
  /// Octets of content that must still come.
  var remoteLeft: Int?
  /// A fragmented WebSocket message is open in the direction to us.
  private(set) var isInMessage = false

  /// - Parameters:
  ///   - upgrade: whether the request asks for a WebSocket.
  ///   - end: whether the request has no body.
  init(role: LineRole, request: RequestHeadFrame, upgrade: Bool, end: Bool) {
    self.role = role
    isHead = request.method == .head
    webSocket = upgrade ? .askedFor : .none
    let length = end ? nil : ContentLength(request.fields).octets
    switch role {
    case .telephone:
      (localEnded, remoteEnded) = (false, end)
      remoteLeft = length
    case .gateway:
      (localEnded, remoteEnded) = (end, false)
      localLeft = length
    }
  }

  var isOver: Bool { localEnded && remoteEnded }

  /// A head that goes out or came: what it says about the rest.
  /// - Returns: `false` if the content that it announces cannot follow it.
  mutating func passHead(_ head: ResponseHeadFrame, end: Bool) -> Bool {
    hasHead = true
    guard head.status != 101 else {
      webSocket = .open
      return true
    }
    var left: Int?
    if isHead || head.status == 204 || head.status == 304 {
      hasNoContent = true
      left = 0
    } else {
      let length = ContentLength(head.fields)
      guard length != .malformed, !end || (length.octets ?? 0) == 0 else { return false }
      left = length.octets
    }
    switch role {
    case .telephone: localLeft = left
    case .gateway: remoteLeft = left
    }
    return true
  }

  // MARK: - What comes

  /// A RESPONSE_HEAD came.
  mutating func receiveHead(_ payload: ByteBuffer, end: Bool) throws(StreamFault) -> ResponseHeadFrame {
    guard role == .gateway else { throw .malformed("A response head came the wrong way.") }
    guard !remoteEnded else { throw .malformed("A head came after the end.") }
    guard !hasHead else { throw .malformed("A second head came.") }
    let head = try Self.head(payload)
    if head.status == 101 {
      guard webSocket == .askedFor else { throw .malformed("A 101 came, and no WebSocket was asked for.") }
      guard !end else { throw .malformed("A 101 came with the end.") }
    } else {
      guard head.status >= 200 else { throw .malformed("A head with an interim status came.") }
    }
    guard passHead(head, end: end) else { throw .malformed("The head's Content-Length is wrong.") }
    if end { remoteEnded = true }
    if webSocket == .askedFor {
      // Any other answer refuses the handshake, and ends our direction.
      webSocket = .none
      localEnded = true
    }
    return head
  }

  /// An INTERIM_HEAD came.
  func receiveInterim(_ payload: ByteBuffer) throws(StreamFault) -> ResponseHeadFrame {
    guard role == .gateway else { throw .malformed("An interim head came the wrong way.") }
    guard !remoteEnded, !hasHead else { throw .malformed("An interim head came after the head.") }
    let head = try Self.head(payload)
    guard (100...199).contains(head.status), head.status != 101 else {
      throw .malformed("An interim head has no interim status.")
    }
    return head
  }

  /// DATA came.
  mutating func receiveData(_ octets: Int, end: Bool) throws(StreamFault) {
    try checkContent()
    guard octets > 0 || end else { throw .malformed("An empty DATA came without the end.") }
    if let left = remoteLeft {
      guard octets <= left, !end || octets == left else { throw .malformed("The content is not as long as declared.") }
      remoteLeft = left - octets
    }
    if end { remoteEnded = true }
  }

  /// TRAILERS came.
  mutating func receiveTrailers(_ payload: ByteBuffer) throws(StreamFault) -> HTTPFields {
    try checkContent()
    guard (remoteLeft ?? 0) == 0 else { throw .malformed("The content is not as long as declared.") }
    var payload = payload
    do {
      let fields = try FieldSection.read(&payload)
      remoteEnded = true
      return fields
    } catch {
      throw .malformed(error.sentence)
    }
  }

  private func checkContent() throws(StreamFault) {
    guard !remoteEnded else { throw .malformed("Content came after the end.") }
    guard webSocket == .none else { throw .malformed("Content came on a WebSocket's stream.") }
    guard role == .telephone || hasHead else { throw .malformed("Content came before the head.") }
  }

  /// MESSAGE came, with its opcode taken off.
  mutating func receiveMessage(opcode: UInt8, octets: Int, more: Bool) throws(StreamFault) {
    try checkWebSocket()
    switch opcode {
    case 0 where isInMessage, 1 where !isInMessage, 2 where !isInMessage: isInMessage = more
    case 0, 1, 2: throw .malformed("A WebSocket message's fragments are out of order.")
    case 9, 10: guard !more, octets <= 125 else { throw .malformed("A control message is not whole, or too long.") }
    default: throw .malformed("A WebSocket message has the opcode \(opcode).")
    }
  }

  /// CLOSE came.
  mutating func receiveClose(_ payload: ByteBuffer) throws(StreamFault) -> CodedReason {
    try checkWebSocket()
    guard let close = CodedReason.close(payload) else { throw .malformed("A CLOSE has a bad code or reason.") }
    remoteEnded = true
    return close
  }

  private func checkWebSocket() throws(StreamFault) {
    guard webSocket == .open else { throw .malformed("A WebSocket's frame came without a 101.") }
    guard !remoteEnded else { throw .malformed("A WebSocket's frame came after the close.") }
  }

  private static func head(_ payload: ByteBuffer) throws(StreamFault) -> ResponseHeadFrame {
    do {
      return try ResponseHeadFrame(payload)
    } catch {
      throw .malformed(error.sentence)
    }
  }
}
