import HTTPTypes

/// Makes names of fields. Those that most messages have are made once, so that a head costs few allocations.
struct FieldNames: Sendable {
  /// What a field means to the framing of its message.
  enum Role: Sendable, Equatable {
    case plain
    case length
    case coding
    case host
  }

  struct Named: Sendable {
    var name: HTTPField.Name
    var role: Role
  }

  static let shared = FieldNames()

  private struct Entry: Sendable {
    var octets: [UInt8]
    var named: Named
  }

  /// Where the names are that share a hash: at it, and in the few places behind it.
  private var slots: [Entry?]

  private static let size = 512
  private static let reach = 8

  private init() {
    slots = Array(repeating: nil, count: Self.size)
    for text in Self.common {
      for spelling in [text, text.lowercased()] { add(spelling) }
    }
  }

  private mutating func add(_ text: String) {
    guard let name = HTTPField.Name(text) else { return }
    let octets = Array(text.utf8)
    let hash = octets.withUnsafeBytes { Self.hash($0) }
    let role = octets.withUnsafeBytes { Self.role(of: $0) }
    for step in 0..<Self.reach {
      let place = (hash + step) % Self.size
      if slots[place]?.octets == octets { return }
      if slots[place] == nil {
        slots[place] = Entry(octets: octets, named: Named(name: name, role: role))
        return
      }
    }
  }

  /// The name that octets spell, in their case.
  /// - Returns: nil when they are not a token.
  func name(_ octets: UnsafeRawBufferPointer) -> Named? {
    let hash = Self.hash(octets)
    for step in 0..<Self.reach {
      guard let entry = slots[(hash + step) % Self.size] else { break }
      if entry.octets.count == octets.count, entry.octets.withUnsafeBytes({ Octets.equal($0, octets) }) {
        return entry.named
      }
    }
    guard let name = HTTPField.Name(String(decoding: octets, as: UTF8.self)) else { return nil }
    return Named(name: name, role: Self.role(of: octets))
  }

  private static func role(of octets: UnsafeRawBufferPointer) -> Role {
    switch octets.count {
    case 4 where Octets.equal(octets, "host"): .host
    case 14 where Octets.equal(octets, "content-length"): .length
    case 17 where Octets.equal(octets, "transfer-encoding"): .coding
    default: .plain
    }
  }

  private static func hash(_ octets: UnsafeRawBufferPointer) -> Int {
    guard let first = octets.first, let last = octets.last else { return 0 }
    let middle = octets[octets.count / 2]
    return (octets.count &* 31 &+ Int(first) &* 7 &+ Int(middle) &* 131 &+ Int(last) &* 17) % size
  }

  private static let common = [
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges",
    "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    "Access-Control-Request-Headers", "Access-Control-Request-Method", "Age", "Allow", "Alt-Svc", "Authorization",
    "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length",
    "Content-Location", "Content-Range", "Content-Security-Policy", "Content-Type", "Cookie", "DNT", "Date", "ETag",
    "Expect", "Expires", "Forwarded", "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Keep-Alive", "Last-Modified", "Link", "Location", "Max-Forwards", "Origin", "Pragma",
    "Priority", "Proxy-Authenticate", "Proxy-Authorization", "Range", "Referer", "Referrer-Policy", "Retry-After",
    "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
    "Sec-Fetch-User", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server", "Server-Timing", "Set-Cookie",
    "Strict-Transport-Security", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Upgrade-Insecure-Requests",
    "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Proto", "X-Frame-Options", "X-Powered-By", "X-Real-IP", "X-Request-ID",
    "X-Requested-With", "grpc-accept-encoding", "grpc-encoding", "grpc-message", "grpc-status", "grpc-timeout",
    "traceparent", "tracestate",
  ]
}
