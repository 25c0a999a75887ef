import HTTPTypes
import TelephoneKit
import Testing

@testable import Backend

struct ForwardedFieldsTests {
  /// Fields from lines, in their order.
  private func fields(_ lines: [String]) -> HTTPFields {
    HTTPFields(
      lines.compactMap { line in
        let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
        return HTTPField.Name(parts[0]).map { HTTPField(name: $0, value: parts.count > 1 ? parts[1] : "") }
      })
  }

  private func lines(_ fields: HTTPFields) -> [String] { fields.map { "\($0.name.rawName): \($0.value)" } }

  @Test(arguments: [
    "Connection: close", "Keep-Alive: timeout=5", "TE: trailers", "Transfer-Encoding: chunked", "Upgrade: h2c",
    "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eA==", "proxy-authenticate: Basic",
  ])
  func `fields of the connection are removed`(line: String) {
    #expect(lines(fields(["A: 1", line, "B: 2"]).withoutHopByHop()) == ["A: 1", "B: 2"])
  }

  @Test func `fields that Connection names are removed, in any case, in every Connection field`() {
    let before = fields([
      "X-One: 1", "connection: x-ONE ,\tX-Two", "X-Two: 2", "Connection: X-Three,,close", "X-Three: 3", "X: 4",
    ])
    #expect(lines(before.withoutHopByHop()) == ["X: 4"])
  }

  @Test func `order, repeats and the case of names stay`() {
    let kept = ["set-Cookie: a=1", "X-B: 2", "Trailer: X-Sum", "Set-Cookie: b=2", "x-b: 3"]
    #expect(lines(fields(kept).withoutHopByHop()) == kept)
  }

  @Test func `who the client is, how it came and by whom`() {
    let request = Request(
      scheme: "https", authority: "public.example",
      fields: fields([
        "Accept: */*", "X-Forwarded-For: 10.0.0.1", "x-forwarded-for: 10.0.0.2", "Via: 1.0 fred",
        "X-Forwarded-Proto: gopher", "X-Forwarded-Host: evil", "forwarded: for=evil;proto=https", "Host: evil",
        "Content-Length: 3",
      ]),
      clientAddress: "192.0.2.7")
    let fields = ForwardedFields.fields(for: request)
    #expect(fields[values: .xForwardedFor] == ["10.0.0.1, 10.0.0.2, 192.0.2.7"])
    #expect(fields[values: .xForwardedProto] == ["https"])
    #expect(fields[values: .xForwardedHost] == ["public.example"])
    #expect(fields[values: .via] == ["1.0 fred", "1.1 telephone"])
    #expect(fields[values: .forwarded].isEmpty)
    #expect(fields[values: .accept] == ["*/*"])
    #expect(fields[values: .contentLength].isEmpty)
    #expect(!lines(fields).contains { $0.lowercased().hasPrefix("host:") })
  }

  @Test func `an address that the gateway put there is not put there twice`() {
    let request = Request(fields: fields(["X-Forwarded-For: 10.0.0.1, 192.0.2.7"]), clientAddress: "192.0.2.7")
    #expect(ForwardedFields.fields(for: request)[values: .xForwardedFor] == ["10.0.0.1, 192.0.2.7"])
  }

  @Test func `where no address is known, what a client wrote is not passed on as one`() {
    let request = Request(fields: fields(["X-Forwarded-For: 10.0.0.1", "X: 1"]))
    #expect(ForwardedFields.fields(for: request)[values: .xForwardedFor].isEmpty)
  }

  @Test func `a client cannot have our own fields taken off`() {
    let request = Request(
      authority: "a", fields: fields(["Connection: X-Forwarded-For, Via, X-Forwarded-Proto"]),
      clientAddress: "192.0.2.7")
    let fields = ForwardedFields.fields(for: request)
    #expect(fields[values: .xForwardedFor] == ["192.0.2.7"])
    #expect(fields[values: .via] == ["1.1 telephone"])
    #expect(fields[values: .xForwardedProto] == ["http"])
  }
}
