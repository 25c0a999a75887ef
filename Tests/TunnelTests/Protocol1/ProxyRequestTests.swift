import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import Testing

@testable import Tunnel

@Suite struct ProxyRequestTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    var key: String
    var change: Change
    /// What the fault names, if not the key.
    var field: String?
    var testDescription: String { "\(key): \(change)" }

    init(_ key: String, _ change: Change, names field: String? = nil) {
      self.key = key
      self.change = change
      self.field = field
    }
  }

  static let faults: [Fault] = [
    Fault("method", .missing), Fault("method", .value(nil)), Fault("method", .value(7)), Fault("method", .value("")),
    Fault("method", .value("GE T")), Fault("method", .value("GET\r\nX: y")), Fault("method", .value("GÉT")),
    Fault("path", .missing), Fault("path", .value(nil)), Fault("path", .value(true)), Fault("path", .value("")),
    Fault("path", .value("a/b")), Fault("path", .value("http://other/")), Fault("path", .value("/a?b")),
    Fault("path", .value("/a b")), Fault("path", .value("/a#b")), Fault("path", .value("/a\r\nX: y")),
    Fault("path", .value("/a\0")), Fault("path", .value("/a\u{7F}")), Fault("path", .value("**")),
    Fault("query_string", .value(1)), Fault("query_string", .value("a b")), Fault("query_string", .value("a#b")),
    Fault("query_string", .value("a\nb")), Fault("query_string", .value(["a"])),
    Fault("headers", .value("a")), Fault("headers", .value([["a", "b"]])),
    Fault("headers", .value(["x": 1]), names: "headers.x"),
    Fault("headers", .value(["x": nil]), names: "headers.x"),
    Fault("headers", .value(["x": ["a", "b"]]), names: "headers.x"),
    Fault("headers", .value(["": "a"]), names: "headers."),
    Fault("headers", .value(["x y": "a"]), names: "headers.x?y"),
    Fault("headers", .value(["x:": "a"]), names: "headers.x:"),
    Fault("headers", .value([":path": "/"]), names: "headers.:path"),
    Fault("headers", .value(["é": "a"]), names: "headers.?"),
    Fault("headers", .value(["x\r\ny": "a"]), names: "headers.x?y"),
    Fault("headers", .value(["x": "a\r\nb: c"]), names: "headers.x"),
    Fault("headers", .value(["x": "a\nb"]), names: "headers.x"),
    Fault("headers", .value(["x": "a\rb"]), names: "headers.x"),
    Fault("headers", .value(["x": "a\0b"]), names: "headers.x"),
    Fault("headers", .value(["x": "a\n"]), names: "headers.x"),
    Fault("headers", .value(["host": "a", "Host": "b"]), names: "headers.host"),
    Fault("headers", .value(["x-forwarded-for": "a", "X-Forwarded-For": "b"]), names: "headers.x-forwarded-for"),
    Fault("headers", .value(["x-forwarded-proto": "a", "X-Forwarded-Proto": "b"]), names: "headers.x-forwarded-proto"),
    Fault("body", .value(1)), Fault("body", .value(["a"])), Fault("body", .value([:])),
    Fault("body_encoding", .value("gzip")), Fault("body_encoding", .value(64)),
  ]

  @Test(arguments: faults) func `a bad key is named, and the request can be answered`(_ fault: Fault) throws {
    let error = #expect(throws: PayloadFault.self) { try ProxyRequest(proxyRequest([fault.key: fault.change])) }
    #expect(error?.field == fault.field ?? fault.key)
    #expect(error?.requestID == "r1")
    #expect(error?.sentence.contains(fault.field ?? fault.key) == true)
    #expect(error?.sentence.contains(where: { $0.isNewline }) == false)
  }

  @Test(arguments: [
    Change.missing, .value(nil), .value(""), .value(5), .value(["r1"]),
    .value(.string(String(repeating: "r", count: 129))),
  ])
  func `without a usable request id there is nobody to answer`(_ id: Change) throws {
    let error = #expect(throws: PayloadFault.self) { try ProxyRequest(proxyRequest(["request_id": id])) }
    #expect(error?.field == "request_id")
    #expect(error?.requestID == nil)
  }

  @Test(arguments: [JSONValue.null, "text", 1, true, ["request_id"]])
  func `a payload must be an object`(_ payload: JSONValue) {
    let error = #expect(throws: PayloadFault.self) { try ProxyRequest(payload) }
    #expect(error == PayloadFault(requestID: nil, field: "payload", "is not an object"))
  }

  @Test func `base64 that is none is a fault of the body`() {
    for body in ["A", "AA=A", "A A=", "é", "QUJD\n"] {
      let payload = proxyRequest(["body": .value(.string(body)), "body_encoding": .value("base64")])
      let error = #expect(throws: PayloadFault.self) { try ProxyRequest(payload) }
      #expect(error?.field == "body")
    }
  }

  @Test func `what may be missing has its default`() throws {
    let request = try ProxyRequest(["request_id": "x", "method": "PROPFIND", "path": "/ä//%2F/..;a=*"])
    #expect(request.method.rawValue == "PROPFIND")
    #expect(request.request.target == "/ä//%2F/..;a=*")
    #expect(request.fields == [:])
    #expect(request.body.readableBytes == 0)
    #expect(request.request.fields == [:])
    #expect(request.request.authority == "")
    #expect(request.request.clientAddress == nil)
    let asterisk = try ProxyRequest(proxyRequest(["method": .value("OPTIONS"), "path": .value("*")]))
    #expect(asterisk.request.target == "*")
  }

  @Test func `the query is carried octet for octet`() throws {
    let request = try ProxyRequest(
      proxyRequest(["path": .value("/a"), "query_string": .value("x=%20y&&z=?/{}|\\^`é")]))
    #expect(request.request.target == "/a?x=%20y&&z=?/{}|\\^`é")
  }

  @Test func `host becomes the authority, and hop-by-hop fields stay behind`() throws {
    let headers: JSONValue = [
      "Host": "example.org:8443", "Connection": "close, X-Hop", "x-hop": "1", "Keep-Alive": "5", "TE": "trailers",
      "Upgrade": "h2c", "Transfer-Encoding": "chunked", "Expect": "100-continue", "Proxy-Connection": "close",
      "Content-Length": "999", "X-Kept": " two words\t", "Empty": "",
    ]
    let request = try ProxyRequest(proxyRequest(["headers": .value(headers), "body": .value("é!")])).request
    #expect(request.authority == "example.org:8443")
    #expect(
      Set(request.fields.map { "\($0.name.canonicalName): \($0.value)" }) == [
        "x-kept: two words", "empty: ", "content-length: 3",
      ])
  }

  @Test(arguments: [
    ("1.1.1.1", "1.1.1.1"), ("6.6.6.6, 10.0.0.1 ,2001:db8::1 ", "2001:db8::1"), ("1.1.1.1,", nil), ("", nil),
    (" , ", nil),
  ])
  func `the client is the last that X-Forwarded-For names`(_ list: String, _ expected: String?) throws {
    let headers: JSONValue = ["X-Forwarded-For": .string(list), "Connection": "X-Forwarded-For"]
    #expect(try ProxyRequest(proxyRequest(["headers": .value(headers)])).request.clientAddress == expected)
  }

  @Test(arguments: [
    ("https", "https"), ("HTTPS", "https"), ("http", "http"), ("http, https", "https"), ("https, http", "http"),
    ("javascript", "http"), ("", "http"),
  ])
  func `the scheme is the last that X-Forwarded-Proto names`(_ list: String, _ expected: String) throws {
    let headers: JSONValue = ["x-forwarded-proto": .string(list)]
    #expect(try ProxyRequest(proxyRequest(["headers": .value(headers)])).request.scheme == expected)
  }

  @Test func `a content length that lies is put right`() throws {
    let lies: JSONValue = ["content-length": "5"]
    let empty = try ProxyRequest(proxyRequest(["headers": .value(lies)])).request
    #expect(empty.fields[values: .contentLength] == ["0"])
    let none = try ProxyRequest(proxyRequest(["body": .value("abc")])).request
    #expect(none.fields[values: .contentLength] == ["3"])
    #expect(none.body.length == 3)
  }

  @Test(arguments: [BodyEncoding.utf8, .base64])
  func `what a gateway encodes, a telephone decodes`(_ encoding: BodyEncoding) throws {
    var fields: HTTPFields = [.hostField: "h", .accept: "a"]
    fields.append(HTTPField(name: .accept, value: "b"))
    fields.append(HTTPField(name: .cookie, value: "c=1"))
    fields.append(HTTPField(name: .cookie, value: "d=2"))
    let request = ProxyRequest(
      requestID: "id", method: .patch, path: "/p", queryString: "q", fields: fields, body: ByteBuffer(string: "é\0\"\\")
    )
    let payload = try #require(request.payload(encoding))
    let decoded = try ProxyRequest(try JSONValue(parsing: payload.text))
    #expect(decoded.requestID == "id")
    #expect(decoded.method == .patch)
    #expect(decoded.path == "/p")
    #expect(decoded.queryString == "q")
    #expect(decoded.body == request.body)
    #expect(decoded.fields[values: .accept] == ["a, b"])
    #expect(decoded.fields[values: .cookie] == ["c=1; d=2"])
    #expect(decoded.fields[values: .hostField] == ["h"])
  }

  @Test func `a field that is not UTF-8 is left out, and not altered`() throws {
    var fields: HTTPFields = [.accept: "a"]
    fields.append(HTTPField(name: .accept, value: [0x62, 0xE9] as [UInt8]))
    fields.append(HTTPField(name: .from, value: Array("caf".utf8) + [0xE9]))
    let request = ProxyRequest(
      requestID: "id", method: .get, path: "/", queryString: "", fields: fields, body: ByteBuffer())
    #expect(request.payload(.utf8)?["headers"] == ["accept": "a"])
  }

  @Test func `a body that is not UTF-8 travels in base64 only`() throws {
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    let request = ProxyRequest(
      requestID: "id", method: .post, path: "/", queryString: "", fields: [:], body: octets)
    #expect(request.payload(.utf8) == nil)
    let payload = try #require(request.payload(.base64))
    #expect(payload["body_encoding"] == "base64")
    #expect(try ProxyRequest(payload).body == octets)
  }
}
