import Foundation
import Rehearsal
import Testing

/// `HTTPFields` ends the program at 65535 fields.
@Suite("the count of fields") struct FieldCountTests {
  private static let many = 66_000

  private static func list(_ element: String) -> String {
    Array(repeating: element, count: many).joined(separator: ",")
  }

  @Test func `of JSON`() {
    let fault = "A message has at most 10000 fields here."
    let pairs = #"{"target": "/", "fields": [\#(Self.list(#"["A","b"]"#))]}"#
    #expect(Requests.problem(pairs, in: "a.json") == "a.json:1:100029: \(fault)")
    let object = #"{"target": "/", "trailers": {"A": [\#(Self.list(#""b""#))]}}"#
    #expect(Requests.problem(object, in: "a.json") == "a.json:1:30: \(fault)")
  }

  @Test func `of a HAR`() {
    let headers = Self.list(#"{"name":"A","value":"b"}"#)
    let har = #"{"log":{"entries":[{"request":{"method":"GET","url":"http://x/","headers":[\#(headers)]}}]}}"#
    #expect(
      Requests.problem(har, in: "a.har")
        == "a.har:1:250076: Entry 1: A message has at most 10000 fields here.")
  }

  @Test func `of a file of REST clients`() {
    let text = "GET http://x/\n" + String(repeating: "A: b\n", count: Self.many)
    #expect(Requests.problem(text, in: "a.http") == "a.http:10002:1: A message has at most 10000 fields here.")
  }

  @Test func `of a file that a line of curl names`() throws {
    try Requests.withFolder { folder in
      try Requests.write(String(repeating: "A: b\n", count: Self.many).utf8, to: "\(folder)/fields")
      #expect(
        Requests.problem("curl -H @fields http://x/", in: "\(folder)/a.curl")
          == "\(folder)/a.curl:1:9: A message has at most 10000 fields here.")
    }
  }

  @Test func `as many as are allowed are read`() throws {
    let text = "GET http://x/\n" + String(repeating: "A: b\n", count: 10_000)
    #expect(try Requests.one(text, in: "a.http").fields.count == 10_000)
  }
}
