import HTTPTypes
import TelephoneKit
import Testing

@testable import StandardStages

struct PathNormalizerTests {
  private let normalizer = PathNormalizer()

  private func fault(_ target: String, _ normalizer: PathNormalizer = PathNormalizer()) -> PathNormalizer.Fault? {
    do throws(PathNormalizer.Fault) {
      _ = try normalizer.normalize(target)
      return nil
    } catch {
      return error
    }
  }

  /// RFC 3986, 5.4.1 and 5.4.2, with the base /b/c/d;p?q in front, as far as they stay below the root.
  @Test(arguments: [
    ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("g?y", "/b/c/g?y"), (";x", "/b/c/;x"), ("g;x", "/b/c/g;x"),
    ("g;x?y", "/b/c/g;x?y"), ("", "/b/c/"), (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"), ("../", "/b/"),
    ("../g", "/b/g"), ("../..", "/"), ("../../", "/"), ("../../g", "/g"), ("g.", "/b/c/g."), (".g", "/b/c/.g"),
    ("g..", "/b/c/g.."), ("..g", "/b/c/..g"), ("./../g", "/b/g"), ("./g/.", "/b/c/g/"), ("g/./h", "/b/c/g/h"),
    ("g/../h", "/b/c/h"), ("g;x=1/./y", "/b/c/g;x=1/y"), ("g;x=1/../y", "/b/c/y"), ("g?y/./x", "/b/c/g?y/./x"),
    ("g?y/../x", "/b/c/g?y/../x"),
  ])
  func `the examples of RFC 3986 for references`(reference: String, expected: String) throws {
    #expect(try normalizer.normalize("/b/c/\(reference)") == expected)
  }

  /// The abnormal examples climb above the root: the RFC lets them stop there, here they are refused.
  @Test(arguments: ["../../../g", "../../../../g"])
  func `the abnormal examples of RFC 3986`(reference: String) {
    #expect(fault("/b/c/\(reference)") == .climbs)
  }

  @Test(arguments: [
    // RFC 3986, 6.2.2: its own example, and 5.2.4.
    ("/%7Bfoo%7d", "/%7Bfoo%7D"), ("/a/./b/../b/%63/%7bfoo%7d", "/a/b/c/%7Bfoo%7D"), ("/a/b/c/./../../g", "/a/g"),
    ("/mid/content=5/../6", "/mid/6"),
    // Needless escapes go, others stay, in upper case.
    ("/%41%7a%30%2D%2e%5F%7E", "/Az0-._~"), ("/%3a%40%21", "/%3A%40%21"), ("/a%2fb", "/a%2Fb"), ("/a%5cb", "/a%5Cb"),
    ("/%25%32%65", "/%252e"), ("/%252e%252e/", "/%252e%252e/"),
    // What a path may not hold is escaped.
    ("/a|b\"<>^`{}[]", "/a%7Cb%22%3C%3E%5E%60%7B%7D%5B%5D"), ("/caf\u{e9}", "/caf%C3%A9"),
    // Slashes stay, at the end and twice.
    ("/", "/"), ("/a/", "/a/"), ("//", "//"), ("/a//b", "/a//b"), ("//a", "//a"), ("/a//../b", "/a/b"),
    // Escaped dots are dots.
    ("/a/%2e/b", "/a/b"), ("/a/%2E%2e/b", "/b"), ("/a/.%2e", "/"), ("/%2e%2e%2e", "/..."),
    // The query is carried octet for octet.
    ("/%61?%61/../%zz=\\|\u{e9}?&", "/a?%61/../%zz=\\|\u{e9}?&"), ("/a?", "/a?"),
  ])
  func `a path has one form`(target: String, expected: String) throws {
    #expect(try normalizer.normalize(target) == expected)
  }

  @Test(arguments: [
    ("/..", PathNormalizer.Fault.climbs), ("/a/../..", .climbs), ("/%2e%2e", .climbs), ("/a/%2E./.%2e/b", .climbs),
    ("/..%2fetc", .hiddenDots), ("/%2e%2e%2Fetc", .hiddenDots), ("/a%2f..", .hiddenDots), ("/a%5c..%5cb", .hiddenDots),
    ("/.%2f", .hiddenDots), ("/%2f.", .hiddenDots), ("/..;/a", .hiddenDots), ("/..;x=1", .hiddenDots),
    ("/a\\b", .character), ("/..\\..", .character), ("/a%00b", .character), ("/%0d%0a", .character),
    ("/%7F", .character),
    ("/a\u{0}", .character), ("/a\tb", .character), ("/a b", .character), ("/a\r\nb", .character),
    ("/\u{7f}", .character),
    ("/a#b", .character), ("/?a#b", .character), ("/?a b", .character), ("/?\u{0}", .character),
    ("/?\r\nX: 1", .character),
    ("/%", .escape), ("/%4", .escape), ("/%4/a", .escape), ("/%zz", .escape), ("/%u0041", .escape), ("/a%2", .escape),
    ("", .form), ("a", .form), ("?x", .form), ("*", .form), ("http://h/", .form), ("HTTP://h/..", .form),
    ("example.com:80", .form), ("\\a", .form),
  ])
  func `what could be read in two ways is refused`(target: String, expected: PathNormalizer.Fault) {
    #expect(fault(target) == expected)
  }

  @Test func `the asterisk is for OPTIONS`() throws {
    #expect(try normalizer.normalize("*", isOptions: true) == "*")
    #expect(throws: PathNormalizer.Fault.form) { try normalizer.normalize("*x", isOptions: true) }
  }

  @Test(arguments: [("//a///b//", "/a/b/"), ("/a//../b", "/b"), ("//", "/"), ("/a/..//", "/"), ("/a/", "/a/")])
  func `slashes are merged where that is wished`(target: String, expected: String) throws {
    #expect(try PathNormalizer(mergeSlashes: true).normalize(target) == expected)
  }

  @Test func `path and query have limits`() {
    let limits = PathNormalizer(maxPath: 8, maxQuery: 4)
    #expect(fault("/1234567?1234", limits) == nil)
    #expect(fault("/12345678", limits) == .pathTooLong)
    #expect(fault("/?12345", limits) == .queryTooLong)
    // Also when the path grows.
    #expect(fault("/||||", limits) == .pathTooLong)
  }

  @Test(arguments: [
    ("/", true), ("/a/b.c/~d?x=..;%zz", true), ("/a//b/", true), ("/a?", true), ("", false), ("*", false),
    ("a", false), ("/.a", false), ("/a/..", false), ("/a;b", false), ("/%41", false), ("/é", false), ("/a b", false),
    ("/a?b c", false), ("/a#", false), ("/a?#", false), ("/a\\", false),
    ("/\(String(repeating: "a", count: 4096))", false), ("/?\(String(repeating: "a", count: 8193))", false),
  ])
  func `a plain target is seen at once`(_ target: String, _ isPlain: Bool) {
    #expect(PathNormalizer().isPlain(target) == isPlain)
  }

  @Test func `twice is once, and no dot segment is left`() throws {
    let pieces = [
      "/", "/", "/", ".", "..", "a", "b", "%2e", "%2F", "%5c", "%41", "%7b", ";", "=", "?", "//", "\u{e9}", "|", "%25",
    ]
    var random = SeededGenerator(state: 3986)
    var taken = 0
    for _ in 0..<20_000 {
      let target =
        "/"
        + (0..<Int.random(in: 0...12, using: &random)).map { _ in
          pieces.randomElement(using: &random) ?? "/"
        }.joined()
      for merges in [false, true] {
        let normalizer = PathNormalizer(mergeSlashes: merges)
        let isPlain = normalizer.isPlain(target)
        guard let once = try? normalizer.normalize(target) else {
          #expect(!isPlain, "\(target)")
          continue
        }
        taken += 1
        if isPlain { #expect(once == target) }
        #expect(try normalizer.normalize(once) == once, "\(target)")
        let path = once.prefix { $0 != "?" }
        #expect(path.hasPrefix("/"))
        #expect(!path.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." })
        if merges { #expect(!path.contains("//")) }
        #expect(target.drop { $0 != "?" } == once.drop { $0 != "?" })
      }
    }
    #expect(taken > 5000)
  }
}

struct NormalizePathTests {
  private func run(_ target: String, _ method: HTTPRequest.Method = .get) async throws -> (Ran, StubBackend) {
    let stage = NormalizePath(NormalizePath.Options(), Harness.context())
    let backend = StubBackend()
    let harness = Harness(request: [PipelineStep(stage: stage)], backend: backend)
    return (try await harness.run(Request(method: method, target: target)), backend)
  }

  @Test func `the defaults`() {
    let options = NormalizePath.Options()
    #expect(!options.mergeSlashes)
    #expect(options.maxPath == .kibibytes(4))
    #expect(options.maxQuery == .kibibytes(8))
  }

  @Test func `later stages and the backend see the canonical path`() async throws {
    let (ran, backend) = try await run("/api/../hello?x=%20y")
    #expect(ran.status == 200)
    #expect(backend.request?.target == "/hello?x=%20y")
  }

  @Test(arguments: [
    ("/../../etc/passwd", 400, "path-climbs"), ("http://evil/", 400, "target-form"), ("*", 400, "target-form"),
  ])
  func `refused requests never reach the backend`(target: String, status: Int, code: String) async throws {
    let (ran, backend) = try await run(target)
    #expect(ran.outcome == Outcome(.refused, status: status, code: code, decidedBy: "normalize-path"))
    #expect(backend.request == nil)
  }

  @Test func `the borders of the default limits`() async throws {
    let path = "/" + String(repeating: "a", count: 4095)
    let query = String(repeating: "q", count: 8192)
    #expect(try await run("\(path)?\(query)").0.status == 200)
    #expect(try await run("\(path)a").0.status == 414)
    #expect(try await run("/?\(query)q").0.code == "query-too-long")
    #expect(try await run("*", .options).0.status == 200)
  }
}
