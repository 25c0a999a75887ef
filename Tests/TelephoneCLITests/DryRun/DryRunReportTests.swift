import Foundation
import Testing

@Suite("telephone dry-run: what is shown")
struct DryRunReportTests {
  @Test func `options in force come with where each came from`() async throws {
    let api = try PublicAPI()
    let result = try await Program(environment: ["BACKEND_URL": "http://127.0.0.1:77"]).run(
      "dry-run", api.file, "--target", "/api/x")
    let line = { (text: String) in
      result.output.split(separator: "\n").first { $0.contains(text) }.map(String.init) ?? ""
    }
    #expect(line("max-count = 64").contains("(\(api.file):7)"))
    #expect(line("by default:").contains("max-total = 64KiB"))
    #expect(line("secret = ").contains("secret = ‹secret›  (\(api.file):11, example of JWT_SECRET)"))
    #expect(!result.output.contains("http://127.0.0.1:77"), "forward had no turn")
    let through = try await Program(environment: ["BACKEND_URL": "http://127.0.0.1:77"]).run("dry-run", api.file)
    #expect(through.output.contains("to = http://127.0.0.1:77  (\(api.file):17, variable BACKEND_URL)"))
    let defaulted = try await api.dryRun()
    #expect(defaulted.output.contains("to = http://127.0.0.1:9  (\(api.file):17, default of BACKEND_URL)"))
  }

  @Test func `conditions are explained part by part, with the value that was seen`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun("--explain", "--target", "/limited?x=1")
    #expect(result.output.contains("when no  path /api/**: the path is /limited"))
    #expect(result.output.contains("when yes path /limited and not method OPTIONS"))
    #expect(result.output.contains("yes path /limited: the path is /limited"))
    #expect(result.output.contains("yes not method OPTIONS"))
    #expect(result.output.contains("no  method OPTIONS: the method is GET"))
  }

  @Test func `a credential that a condition looks at is not shown`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      PublicAPI.text.replacing("{ path: /api/** }", with: "{ header: { Cookie: TOPSECRET } }"), to: "p.yaml")
    let result = try await Program().run("dry-run", file, "--explain", "-H", "Cookie: a=HIDDEN")
    #expect(result.output.contains("no  header Cookie TOPSECRET: it is ‹secret›"))
    #expect(!(result.output + result.errors).contains("HIDDEN"))
  }

  @Test func `JSON for programs holds the trace, the options, the conditions and what reached the backend`()
    async throws
  {
    let api = try PublicAPI()
    let result = try await api.dryRun(
      "--format", "json", "--curl", "curl -H 'Cookie: a=HIDDEN' -d body https://x/a/../b", "--stub-body", "hello")
    #expect(result.code == 0)
    #expect(!result.output.contains("HIDDEN"))
    let root = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(root["telephone"] as? String == "dry-run/1")
    #expect(root["backend"] as? String == "stub")
    let request = try #require((root["requests"] as? [[String: Any]])?.first)
    let outcome = try #require(request["outcome"] as? [String: Any])
    #expect(outcome["decided-by"] as? String == "forward")
    let answer = try #require(request["answer"] as? [String: Any])
    #expect(answer["body"] as? String == "hello")
    let call = try #require((request["backend"] as? [[String: Any]])?.first?["request"] as? [String: Any])
    #expect(call["target"] as? String == "/b")
    #expect(call["body-octets"] as? Int == 4)
    let trace = try #require(request["trace"] as? [[String: Any]])
    #expect(
      trace.map { $0["verdict"] as? String } == ["passed", "passed", "skipped", "skipped", "answered", "emitted"])
    #expect((trace[2]["condition"] as? [String: Any])?["seen"] as? String == "the path is /b")
    let option = try #require((trace[0]["options"] as? [[String: Any]])?.first)
    #expect(option["name"] as? String == "max-count")
    #expect(option["line"] as? Int == 7)
  }

  @Test func `HTML is one page that needs nothing else and in which nothing is markup that came from outside`()
    async throws
  {
    let api = try PublicAPI()
    let result = try await api.dryRun(
      "--format", "html", "--curl", "curl 'http://x/<script>alert(1)</script>' -H 'Authorization: HIDDEN'", "--curl",
      "curl http://x/api/y", "--stub-body", "<b>&\"'</b>")
    #expect(result.code == 0)
    let page = result.output
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.hasSuffix("</html>\n"))
    #expect(!page.contains("<script"))
    #expect(page.contains("/&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.contains("&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;"))
    #expect(!page.contains("src=") && !page.contains("url(") && !page.contains("@import") && !page.contains("<link"))
    #expect(!page.contains("href=\"http"))
    #expect(!page.contains("HIDDEN"))
    #expect(page.contains("prefers-color-scheme: dark"))
    for tag in ["section", "ol", "li", "ul", "table", "details", "pre", "code", "span", "h2", "p"] {
      let opened = page.components(separatedBy: "<\(tag)>").count + page.components(separatedBy: "<\(tag) ").count
      #expect(opened - 1 == page.components(separatedBy: "</\(tag)>").count, "\(tag)")
    }
    #expect(page.contains("href=\"#request-2\"") && page.contains("id=\"request-2\""))
    #expect(page.contains("refused"))
  }

  @Test func `of several requests one can be shown`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun("--curl", "curl http://x/1", "--curl", "curl http://x/api/2", "--show", "2")
    #expect(result.output.contains("GET /api/2 through public-api"))
    #expect(!result.output.contains("GET /1 through"))
    #expect(result.output.contains("HTTP 401"))
  }
}
