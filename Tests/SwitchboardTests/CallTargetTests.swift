import Testing

@testable import Switchboard

@Suite struct CallTargetTests {
  @Test(arguments: [
    ("/call/demo", "demo", "/", ""), ("/call/demo/", "demo", "/", ""), ("/call/demo?x=1", "demo", "/", "x=1"),
    ("/call/demo/a%2Fb?x=%20y", "demo", "/a%2Fb", "x=%20y"), ("/call/demo//a/../b/./", "demo", "//a/../b/./", ""),
    ("/call/demo/?a?b=/c", "demo", "/", "a?b=/c"), ("/call/a%20b%2Fc/x", "a b/c", "/x", ""),
    ("/call/demo/%zz\\", "demo", "/%zz\\", ""), ("/call/demo/\u{301}x", "demo", "/\u{301}x", ""),
    ("/call/demo/a?\u{301}x", "demo", "/a", "\u{301}x"), ("/call/demo/call/x", "demo", "/call/x", ""),
    ("http://h/call/demo", "demo", "/", ""), ("HTTP://h:80/call/demo//a?x=http://y", "demo", "//a", "x=http://y"),
    ("https://h/call/demo/http://h/x", "demo", "/http://h/x", ""), ("/call/http://h/x", "http:", "//h/x", ""),
  ])
  func `what follows the path id is carried octet for octet`(
    _ target: String, _ pathID: String, _ path: String, _ query: String
  ) throws {
    let target = try #require(CallTarget(target))
    #expect(target.pathID == pathID)
    #expect(Array(target.path.utf8) == Array(path.utf8))
    #expect(Array(target.query.utf8) == Array(query.utf8))
    #expect(Array(target.target.utf8) == Array((query.isEmpty ? path : "\(path)?\(query)").utf8))
  }

  @Test func `a question mark with nothing behind it stays`() {
    #expect(CallTarget("/call/demo/a?")?.target == "/a?")
    #expect(CallTarget("/call/demo?")?.target == "/?")
  }

  @Test(arguments: [
    "", "/", "*", "/call", "/call/", "/call//x", "/call/?x", "/Call/demo", "/calls/demo", "/call/%zz/x", "/call/%ff/",
    "/telephone/websocket", "http://h", "http://h/", "http://h/telephone/websocket", "http://h?/call/demo/",
    "ftp://h/call/demo/", "http:/call/demo/", "h/call/demo/",
  ])
  func `another target is no call`(_ target: String) {
    #expect(CallTarget(target) == nil)
  }
}
