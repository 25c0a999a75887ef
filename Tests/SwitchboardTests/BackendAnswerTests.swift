import NIOCore
import Switchboard
import TestSupport
import Testing

/// Answers whose content depends on the request, or that have none, from a backend on a socket through `forward`.
@Suite(.timeLimit(.minutes(2))) struct BackendAnswerTests {
  private static let text = "0123456789"
  /// "hello", packed: octets that are no UTF-8.
  private static let packed: [UInt8] = [
    0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0x86, 0xA6, 0x10, 0x36, 0x05, 0, 0,
    0,
  ]

  private static let parts =
    "--b\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--b\r\nContent-Range: bytes 5-6/10\r\n\r\n56\r\n--b--\r\n"

  /// A server with one file, its ETag "v1".
  private static func answer(to head: [String]) -> ByteBuffer {
    func value(_ name: String) -> String? {
      head.first { $0.lowercased().hasPrefix("\(name): ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
    }
    func answer(_ line: String, _ fields: [String], _ content: String = "") -> ByteBuffer {
      ByteBuffer(string: (["HTTP/1.1 \(line)"] + fields).joined(separator: "\r\n") + "\r\n\r\n" + content)
    }
    let method = head.first?.prefix { $0 != " " } ?? ""
    if method == "DELETE" { return answer("204 No Content", ["ETag: \"v2\""]) }
    if let match = value("if-none-match"), match.contains("\"v1\"") {
      return answer("304 Not Modified", ["ETag: \"v1\"", "Content-Length: 10", "Vary: Accept"])
    }
    if value("if-match") == "\"v0\"" { return answer("412 Precondition Failed", ["Content-Length: 0"]) }
    if value("accept-encoding") == "gzip" {
      var packed = answer(
        "200 OK", ["Content-Encoding: gzip", "ETag: \"v1-gzip\"", "Content-Length: \(Self.packed.count)"])
      packed.writeBytes(Self.packed)
      return packed
    }
    let isFresh = value("if-range").map { $0 == "\"v1\"" } ?? true
    switch isFresh ? value("range") : nil {
    case "bytes=2-4":
      return answer("206 Partial Content", ["Content-Range: bytes 2-4/10", "ETag: \"v1\"", "Content-Length: 3"], "234")
    case "bytes=0-1,5-6":
      return answer(
        "206 Partial Content",
        ["Content-Type: multipart/byteranges; boundary=b", "Content-Length: \(parts.utf8.count)"], parts)
    case "bytes=90-":
      return answer("416 Range Not Satisfiable", ["Content-Range: bytes */10", "Content-Length: 0"])
    default:
      return answer("200 OK", ["ETag: \"v1\"", "Content-Length: 10"], method == "HEAD" ? "" : text)
    }
  }

  /// A request, and what must come back.
  struct Case: Sendable {
    var method = "GET"
    var fields: [String] = []
    var status: Int
    var told: [String] = []
    var content: [UInt8] = []
  }

  private static let cases: [Case] = [
    Case(status: 200, told: ["etag: \"v1\"", "content-length: 10"], content: Array(text.utf8)),
    Case(
      fields: ["Range: bytes=2-4"], status: 206,
      told: ["content-range: bytes 2-4/10", "content-length: 3"], content: Array("234".utf8)),
    Case(method: "HEAD", status: 200, told: ["etag: \"v1\"", "content-length: 10"]),
    Case(
      fields: ["Range: bytes=2-4", "If-Range: \"v1\""], status: 206, told: ["content-range: bytes 2-4/10"],
      content: Array("234".utf8)),
    Case(fields: ["Range: bytes=2-4", "If-Range: \"v0\""], status: 200, content: Array(text.utf8)),
    Case(fields: ["If-None-Match: W/\"x\", \"v1\""], status: 304, told: ["etag: \"v1\"", "vary: Accept"]),
    Case(
      fields: ["Range: bytes=0-1,5-6"], status: 206, told: ["content-type: multipart/byteranges; boundary=b"],
      content: Array(parts.utf8)),
    Case(method: "HEAD", fields: ["If-None-Match: \"v1\""], status: 304, told: ["etag: \"v1\""]),
    Case(fields: ["Range: bytes=90-"], status: 416, told: ["content-range: bytes */10"]),
    Case(method: "PUT", fields: ["If-Match: \"v0\""], status: 412, told: ["content-length: 0"]),
    Case(method: "DELETE", status: 204, told: ["etag: \"v2\""]),
    Case(
      fields: ["Accept-Encoding: gzip"], status: 200,
      told: ["content-encoding: gzip", "etag: \"v1-gzip\"", "content-length: \(packed.count)"], content: packed),
    Case(status: 200, content: Array(text.utf8)),
  ]

  @Test(arguments: [1, 2])
  func `ranges, conditions, packed octets and answers without content pass as they are`(_ protocolNumber: Int)
    async throws
  {
    let connections = Tally()
    try await withHouse {
      $0.protocols = [protocolNumber]
    } backend: { connection in
      connections.add(1)
      while true {
        let head = try await connection.read(until: "\r\n\r\n").split(separator: "\r\n").map(String.init)
        try await connection.write(Self.answer(to: head))
      }
    } _: { switchboard in
      for expected in Self.cases {
        let what = Comment(rawValue: "\(expected.method) \(expected.fields)")
        let answer = try await call(
          switchboard.port, "/call/p/file", method: expected.method, fields: expected.fields)
        #expect(answer.status == expected.status, what)
        #expect(Array(answer.body.readableBytesView) == expected.content, what)
        #expect(answer.isWhole || expected.status == 304, what)
        for line in expected.told { #expect(answer.fields.contains(line), "\(expected.fields): \(answer.fields)") }
        if [204, 304].contains(expected.status) { #expect(answer.field("transfer-encoding") == nil, what) }
      }
      // An answer without content leaves its connection as good as any other.
      #expect(connections.count == 1)
    }
  }
}
