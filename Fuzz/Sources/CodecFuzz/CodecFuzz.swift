import Codec
import HTTPTypes
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// libFuzzer's own start; SwiftPM lets no other `main` than this program's be linked.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

@main enum CodecFuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, fuzz))
  }
}

/// What libFuzzer calls. The first octet of an input chooses what is read, the second one how it is cut into pieces;
/// the rest is what comes from the wire.
///
/// Besides the memory errors that the sanitizers find, it stops where octets in pieces are not read as the whole is, and
/// where a head that was read, then written, is not read as it was.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard input.count > 2 else { return 0 }
  let octets = Array(input[2...])
  let step = Int(input[1]) + 1
  let pieces = stride(from: 0, to: octets.count, by: step).map { Array(octets[$0..<min($0 + step, octets.count)]) }
  let kind = Kind(input[0])
  let whole = kind.read([octets])
  if whole != kind.read(pieces) { abort() }
  for head in whole.heads where !kind.survives(head) { abort() }
  return 0
}

enum Head: Equatable {
  case request(WireRequestHead)
  case response(WireResponseHead)
}

/// What was read: heads, the contents of each message, trailers, and the fault at the end.
struct Reading: Equatable {
  var heads: [Head] = []
  var contents: [[UInt8]] = []
  var ends: [HTTPFields?] = []
  var fault: WireFault.Kind?
}

enum Kind {
  case requests
  case responses(HTTPRequest.Method, upgrade: Bool)

  init(_ octet: UInt8) {
    switch octet % 5 {
    case 1: self = .responses(.get, upgrade: false)
    case 2: self = .responses(.head, upgrade: false)
    case 3: self = .responses(.get, upgrade: true)
    case 4: self = .responses(.connect, upgrade: false)
    default: self = .requests
    }
  }

  private static let limits = HeadLimits(maxHeadSize: 512, maxFieldCount: 8)

  func read(_ pieces: [[UInt8]]) -> Reading {
    var reading = Reading()
    do throws(WireFault) {
      switch self {
      case .requests: try Self.readRequests(pieces, &reading)
      case .responses(let method, let upgrade): try Self.readResponses(pieces, method, upgrade, &reading)
      }
    } catch {
      reading.fault = error.kind
    }
    return reading
  }

  private static func readRequests(_ pieces: [[UInt8]], _ reading: inout Reading) throws(WireFault) {
    var decoder = RequestDecoder(limits: limits)
    for piece in pieces {
      decoder.append(ByteBuffer(bytes: piece))
      while let part = try decoder.next() {
        switch part {
        case .head(let head, _):
          reading.heads.append(.request(head))
          reading.contents.append([])
        case .body(let octets): reading.contents[reading.contents.count - 1] += octets.readableBytesView
        case .end(let trailers): reading.ends.append(trailers)
        }
      }
    }
    _ = try decoder.finish()
  }

  private static func readResponses(
    _ pieces: [[UInt8]], _ method: HTTPRequest.Method, _ upgrade: Bool, _ reading: inout Reading
  ) throws(WireFault) {
    var decoder = ResponseDecoder(limits: limits)
    func take(_ part: ResponseDecoder.Part) {
      switch part {
      case .interim(let head), .switching(let head), .head(let head, _):
        reading.heads.append(.response(head))
        reading.contents.append([])
      case .body(let octets): reading.contents[reading.contents.count - 1] += octets.readableBytesView
      case .end(let trailers): reading.ends.append(trailers)
      }
    }
    try decoder.expect(method, upgrade: upgrade)
    for piece in pieces {
      decoder.append(ByteBuffer(bytes: piece))
      while let part = try decoder.next() { take(part) }
    }
    if let part = try decoder.finish() { take(part) }
    if case .some(let head) = reading.heads.last, case .response(let last) = head, last.status == 101 {
      reading.contents.append(Array(decoder.takeRest().readableBytesView))
    }
  }

  /// Whether a head that is written is read as it was.
  func survives(_ head: Head) -> Bool {
    var buffer = ByteBuffer()
    let limits = HeadLimits(maxHeadSize: 4096, maxFieldCount: 8)
    do throws(WireFault) {
      switch head {
      case .request(let head):
        try MessageEncoder.write(head, into: &buffer)
        var decoder = RequestDecoder(limits: limits)
        decoder.append(buffer)
        guard case .head(let again, _) = try decoder.next() else { return false }
        return again == head
      case .response(var head):
        MessageEncoder.write(head, into: &buffer)
        var decoder = ResponseDecoder(limits: limits)
        guard case .responses(let method, let upgrade) = self else { return false }
        try decoder.expect(method, upgrade: upgrade)
        decoder.append(buffer)
        // An answer is written as one of HTTP/1.1, whatever it came as.
        head.isHTTP11 = true
        switch try decoder.next() {
        case .head(let again, _), .interim(let again), .switching(let again): return again == head
        default: return false
        }
      }
    } catch {
      return false
    }
  }
}
