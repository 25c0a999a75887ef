import HTTPTypes
import HTTPWire
import NIOCore

/// What a decoder said about some octets, without where it cut the content.
struct Transcript: Equatable, CustomStringConvertible {
  var events: [String] = []
  /// The fault that ended it.
  var fault: WireFault.Kind?
  private var content: [UInt8] = []

  var description: String { (events + (fault.map { ["fault \($0)"] } ?? [])).joined(separator: " | ") }

  mutating func head(_ text: String) { events.append(text) }

  mutating func body(_ octets: ByteBuffer) { content += octets.readableBytesView }

  mutating func end(_ trailers: HTTPFields?) {
    flush()
    events.append("end" + (trailers.map { " " + Self.text($0) } ?? ""))
  }

  mutating func stop(_ kind: WireFault.Kind?) {
    flush()
    fault = kind
  }

  private mutating func flush() {
    if !content.isEmpty { events.append("body " + Self.text(content)) }
    content = []
  }

  /// Octets as text: each is a character of its own.
  static func text(_ octets: some Sequence<UInt8>) -> String {
    String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
  }

  static func text(_ fields: HTTPFields) -> String {
    "["
      + fields.map { field in field.name.rawName + ":" + field.withUnsafeBytesOfValue { text($0) } }.joined(
        separator: ",") + "]"
  }

  /// Reads requests from octets that come in pieces, to their end.
  static func ofRequests(_ pieces: [[UInt8]], limits: HeadLimits = HeadLimits()) -> Transcript {
    var transcript = Transcript()
    var decoder = RequestDecoder(limits: limits)
    do throws(WireFault) {
      for piece in pieces {
        decoder.append(ByteBuffer(bytes: piece))
        while let part = try decoder.next() { transcript.take(part) }
      }
      _ = try decoder.finish()
      transcript.stop(nil)
    } catch {
      transcript.stop(error.kind)
    }
    return transcript
  }

  private mutating func take(_ part: RequestDecoder.Part) {
    switch part {
    case .head(let head, let framing):
      self.head(
        "\(head.method.rawValue) \(head.target) \(head.isHTTP11 ? "1.1" : "1.0") \(Self.text(head.fields)) \(framing)")
    case .body(let octets): body(octets)
    case .end(let trailers): end(trailers)
    }
  }

  /// Reads the answers to requests of these methods from octets that come in pieces, to their end.
  static func ofResponses(
    _ pieces: [[UInt8]], to methods: [HTTPRequest.Method] = [.get], upgrade: Bool = false,
    limits: HeadLimits = HeadLimits()
  ) -> Transcript {
    var transcript = Transcript()
    var decoder = ResponseDecoder(limits: limits)
    var methods = methods[...]
    do throws(WireFault) {
      if let first = methods.popFirst() { try decoder.expect(first, upgrade: upgrade) }
      for piece in pieces {
        decoder.append(ByteBuffer(bytes: piece))
        while let part = try decoder.next() { transcript.take(part) }
      }
      while let part = try decoder.finish() { transcript.take(part) }
      let rest = decoder.takeRest()
      if rest.readableBytes > 0 { transcript.head("rest " + text(rest.readableBytesView)) }
      transcript.stop(nil)
    } catch {
      transcript.stop(error.kind)
    }
    return transcript
  }

  private mutating func take(_ part: ResponseDecoder.Part) {
    func text(_ head: WireResponseHead) -> String {
      "\(head.status) \(head.isHTTP11 ? "1.1" : "1.0") \(Self.text(head.fields))"
    }
    switch part {
    case .interim(let head): self.head("interim " + text(head))
    case .switching(let head): self.head("switching " + text(head))
    case .head(let head, let framing): self.head("\(text(head)) \(framing)")
    case .body(let octets): body(octets)
    case .end(let trailers): end(trailers)
    }
  }
}

/// A text whose characters are octets each.
func octets(_ text: String) -> [UInt8] {
  text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// All the ways to cut octets into two pieces, and the one into single octets.
func cuts(_ octets: [UInt8]) -> [[[UInt8]]] {
  (0...octets.count).map { [Array(octets[..<$0]), Array(octets[$0...])] } + [octets.map { [$0] }]
}
