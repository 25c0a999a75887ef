import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// Compares what our decoders take with what those of NIOHTTP1 take: ours accept nothing that those refuse, but for
/// unknown methods, and read the same.
@Suite struct CodecDifferentialTests {
  /// A whole message, as both can tell it. NIOHTTP1 knows no octets above 0x7F that are not UTF-8, nor unknown methods.
  struct Message: Equatable, CustomStringConvertible {
    var start = ""
    var fields: [String] = []
    var content: [UInt8] = []
    var trailers: [String] = []

    var description: String {
      "\(start) \(fields) \(Transcript.text(content)) \(trailers)"
    }

    static func lines(_ fields: HTTPFields) -> [String] { fields.map { "\($0.name.rawName): \($0.value)" } }
    static func lines(_ headers: HTTPHeaders) -> [String] { headers.map { "\($0.name): \(trim($0.value))" } }

    /// NIOHTTP1 keeps some of the space behind a value.
    private static func trim(_ value: String) -> String {
      var value = Substring(value)
      while let last = value.utf8.last, last == 0x20 || last == 0x09 { value.removeLast() }
      return String(value)
    }
  }

  private static let rounds = 6000

  static let requests: [String] =
    CodecRequestTests.accepted.map(\.0) + CodecRequestTests.refused.map(\.0)
    + CodecLimitTests.cases.map(\.0).filter { $0.utf8.count < 400 }
    + [
      "POST /a/b?c=d HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\nAccept: */*\r\nContent-Length: 11\r\n\r\nhello world",
      "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: v\r\n\r\n",
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "DELETE http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n",
    ]

  static let responses: [String] =
    CodecResponseTests.accepted.map(\.input) + CodecResponseTests.refused.map(\.0)
    + [
      "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: v\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end",
    ]

  @Test func `requests are read as NIOHTTP1 reads them`() throws {
    var random = Seeded(state: 1)
    var accepted = 0
    for round in 0..<Self.rounds {
      let input = Self.input(round, Self.requests, &random)
      let ours = Self.ours(input)
      accepted += ours.count
      guard !ours.isEmpty else { continue }
      let theirs = Self.theirs(Self.withKnownMethods(input, ours))
      guard theirs.count >= ours.count, Self.withKnownMethods(ours) == Array(theirs.prefix(ours.count)) else {
        Issue.record("\(Transcript.text(input).debugDescription): \(ours) and \(theirs)")
        return
      }
    }
    #expect(accepted > Self.rounds / 10, "too few inputs are accepted to compare them")
  }

  @Test(arguments: [HTTPRequest.Method.get, .head])
  func `answers are read as NIOHTTP1 reads them`(method: HTTPRequest.Method) throws {
    var random = Seeded(state: 2)
    var accepted = 0
    for round in 0..<Self.rounds / 2 {
      let input = Self.input(round, Self.responses, &random)
      let ours = Self.ours(input, method: method)
      accepted += ours.count
      guard !ours.isEmpty else { continue }
      let theirs = try Self.theirs(input, method: method)
      guard theirs.count >= ours.count, ours == Array(theirs.prefix(ours.count)) else {
        Issue.record("\(Transcript.text(input).debugDescription): \(ours) and \(theirs)")
        return
      }
    }
    #expect(accepted > Self.rounds / 20, "too few inputs are accepted to compare them")
  }

  // MARK: Inputs

  /// The corpus as it is at first, then with one to four changes.
  private static func input(_ round: Int, _ corpus: [String], _ random: inout Seeded) -> [UInt8] {
    guard round >= corpus.count else { return octets(corpus[round]) }
    // Most changes are made to what is right before them.
    let right = Bool.random(using: &random) ? corpus.suffix(5) + corpus.prefix(10) : corpus[...]
    var input = octets(right.randomElement(using: &random) ?? "")
    for _ in 0..<Int.random(in: 1...2, using: &random) where !input.isEmpty {
      let place = Int.random(in: 0..<input.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: input.remove(at: place)
      case 1: input.insert(interesting.randomElement(using: &random) ?? 0, at: place)
      case 2: input[place] = interesting.randomElement(using: &random) ?? 0
      case 3: input[place] = UInt8.random(in: 0...255, using: &random)
      case 4: input.insert(contentsOf: octets(snippets.randomElement(using: &random) ?? ""), at: place)
      default:
        let end = min(input.count, place + Int.random(in: 1...12, using: &random))
        let other = Int.random(in: 0..<input.count, using: &random)
        input.insert(contentsOf: Array(input[place..<end]), at: other)
      }
    }
    return input
  }

  private static let interesting = octets("\r\n\t :;,=\"\\/?*0123456789aAxXfF\0\u{7F}\u{80}\u{FF}HT.+-_%&@[]{}|")
  private static let snippets = [
    "\r\n", "\r\n\r\n", "\n", "Content-Length: 1\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n", "Connection: upgrade\r\nUpgrade: x\r\n", "X: y\r\n", "Host: b\r\n", "1\r\nz\r\n",
    "0\r\n\r\n",
    "HTTP/1.1 ", "HTTP/1.0 ", ";a=\"b\"", " ", "\t", "GET ", "chunked", "100", "204", "304",
  ]

  // MARK: Ours

  private static func ours(_ input: [UInt8]) -> [Message] {
    var decoder = RequestDecoder()
    decoder.append(ByteBuffer(bytes: input))
    var messages: [Message] = []
    var message = Message()
    while let part = try? decoder.next() {
      switch part {
      case .head(let head, _):
        message = Message(
          start: "\(head.method.rawValue) \(head.target) \(head.isHTTP11)", fields: Message.lines(head.fields))
      case .body(let octets): message.content += octets.readableBytesView
      case .end(let trailers):
        message.trailers = Message.lines(trailers ?? [:])
        messages.append(message)
        // What follows is no HTTP to NIOHTTP1.
        if message.start.hasPrefix("CONNECT ")
          || message.fields.contains(where: { $0.lowercased().hasPrefix("upgrade:") })
        {
          return messages
        }
      }
    }
    return messages
  }

  private static func ours(_ input: [UInt8], method: HTTPRequest.Method) -> [Message] {
    var decoder = ResponseDecoder()
    var messages: [Message] = []
    var message = Message()
    func take(_ part: ResponseDecoder.Part) {
      switch part {
      case .interim(let head), .switching(let head):
        messages.append(Message(start: "\(head.status) \(head.isHTTP11)", fields: Message.lines(head.fields)))
      case .head(let head, _):
        message = Message(start: "\(head.status) \(head.isHTTP11)", fields: Message.lines(head.fields))
      case .body(let octets): message.content += octets.readableBytesView
      case .end(let trailers):
        message.trailers = Message.lines(trailers ?? [:])
        messages.append(message)
      }
    }
    do {
      try decoder.expect(method)
      decoder.append(ByteBuffer(bytes: input))
      while let part = try decoder.next() { take(part) }
      if let part = try decoder.finish() { take(part) }
    } catch {}
    return messages
  }

  // MARK: Theirs

  private static let known = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND", "SEARCH", "PURGE",
    "LINK",
  ]

  private static func method(of message: Message) -> String {
    String(message.start.prefix { $0 != " " })
  }

  /// The messages with GET in place of methods that NIOHTTP1 does not know.
  private static func withKnownMethods(_ messages: [Message]) -> [Message] {
    messages.map { message in
      var message = message
      let method = method(of: message)
      if !known.contains(method) { message.start = "GET" + message.start.dropFirst(method.count) }
      return message
    }
  }

  private static func withKnownMethods(_ input: [UInt8], _ messages: [Message]) -> [UInt8] {
    var input = input
    var from = 0
    for message in messages {
      let method = method(of: message)
      let target = message.start.split(separator: " ")[1]
      guard let range = input[from...].firstRange(of: octets("\(method) \(target) HTTP/")) else { continue }
      from = range.lowerBound
      if !known.contains(method) { input.replaceSubrange(from..<from + method.utf8.count, with: octets("GET")) }
      from += 3
    }
    return input
  }

  private static func theirs(_ input: [UInt8]) -> [Message] {
    let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
    _ = try? channel.writeInbound(ByteBuffer(bytes: input))
    var messages: [Message] = []
    var message = Message()
    while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
      switch part {
      case .head(let head):
        message = Message(
          start: "\(head.method.rawValue) \(head.uri) \(head.version == .http1_1)", fields: Message.lines(head.headers))
      case .body(let octets): message.content += octets.readableBytesView
      case .end(let trailers):
        message.trailers = Message.lines(trailers ?? [:])
        messages.append(message)
      }
    }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    return messages
  }

  private static func theirs(_ input: [UInt8], method: HTTPRequest.Method) throws -> [Message] {
    let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
    let channel = EmbeddedChannel(handler: ByteToMessageHandler(decoder))
    let request = HTTPRequestHead(version: .http1_1, method: method == .head ? .HEAD : .GET, uri: "/")
    try channel.writeOutbound(HTTPClientRequestPart.head(request))
    _ = try? channel.writeInbound(ByteBuffer(bytes: input))
    channel.pipeline.fireChannelInactive()
    var messages: [Message] = []
    var message: Message?
    while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
      switch part {
      case .head(let head):
        if let interim = message { messages.append(interim) }
        message = Message(
          start: "\(head.status.code) \(head.version == .http1_1)", fields: Message.lines(head.headers))
      case .body(let octets): message?.content += octets.readableBytesView
      case .end(let trailers):
        message?.trailers = Message.lines(trailers ?? [:])
        if let whole = message { messages.append(whole) }
        message = nil
      }
    }
    // An interim answer has no end of its own there.
    if let interim = message, interim.start.hasPrefix("1") { messages.append(interim) }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    return messages
  }
}

/// A generator that gives the same numbers each time (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
