import HTTPWire
import TelephoneKit
import Testing

@testable import Backend

struct OriginTests {
  @Test(arguments: [
    ("http://127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
    ("http://localhost", "localhost", 80, "localhost"),
    ("https://API.example.com", "api.example.com", 443, "api.example.com"),
    ("https://example.com:443", "example.com", 443, "example.com"),
    ("HTTP://[::1]:8080", "::1", 8080, "[::1]:8080"),
    ("https://[2001:DB8::1]", "2001:db8::1", 443, "[2001:db8::1]"),
  ])
  func `an origin is scheme, host and port`(text: String, host: String, port: Int, authority: String) throws {
    let origin = try Origin(text)
    #expect(origin.host == host)
    #expect(origin.port == port)
    #expect(origin.authority == authority)
    #expect(try Origin(origin.text) == origin)
  }

  @Test(arguments: [
    "", "localhost:8080", "ftp://localhost", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:",
    "http://h:8o", "http://h/", "http://h/path", "http://h?x", "http://h#f", "http://::1", "http://[::1",
    "http://[::1]x",
    "http://[127.0.0.1]", "http://[zz::]", "http://a b", "http://h\\x", "http://ex\u{e4}mple", "http://h\r\nx",
  ])
  func `anything else is no origin`(text: String) {
    #expect(throws: OriginError.self) { try Origin(text) }
  }

  @Test(arguments: ["unix:/run/app.sock", "UNIX:///run/app.sock"])
  func `a Unix socket is an origin, too`(text: String) throws {
    let origin = try Origin(text)
    #expect(origin.socketPath == "/run/app.sock")
    #expect(origin.authority == "localhost")
    #expect(origin.endpoint == .unix(path: "/run/app.sock"))
    #expect(try Origin(origin.text) == origin)
  }

  @Test(arguments: [
    "unix:", "unix:run.sock", "unix://host/run.sock", "unix:/\u{0}", "unix:/" + String(repeating: "a", count: 103),
  ])
  func `a path that can be no socket is none`(text: String) {
    #expect(throws: OriginError.self) { try Origin(text) }
  }

  @Test func `a password in a URL is refused and never shown`() {
    #expect { try Origin("http://user:hunter2@host") } throws: { error in
      !"\(error)".contains("hunter2") && "\(error)".contains("password")
    }
  }

  @Test func `a URL is an origin and what follows`() throws {
    let (origin, target) = try Origin.parse(url: "https://keys.example:8443/a//b?x=%20y")
    #expect(origin.text == "https://keys.example:8443")
    #expect(target == "/a//b?x=%20y")
  }

  @Test func `as an option it says what is wrong`() {
    #expect { try Origin(OptionInput("http://h/path")) } throws: { error in
      (error as? OptionProblem)?.sentence.contains("an origin has no path") == true
    }
  }
}
