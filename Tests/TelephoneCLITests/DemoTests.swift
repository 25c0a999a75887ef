import Subprocess
import TestSupport
import Testing

@Suite("telephone demo")
struct DemoTests {
  @Test func `the self-check makes its calls and prints a line for each`() async throws {
    let result = try await Program().run("demo", "--self-check")
    #expect(result.code == 0, "\(result.output)\(result.errors)")
    #expect(result.output.split(separator: "\n").filter { $0.hasPrefix("ok  ") }.count == 12)
    #expect(result.output.contains("speaks protocol 2."))
    #expect(result.output.contains("12 of 12 calls"))
    #expect(result.errors.isEmpty)
  }

  @Test func `the demo prints what to try, shows each call's trace, and ends with 0 at Ctrl-C`() async throws {
    let code = try await Program().run(["demo", "--port", "0"]) { demo in
      let line = try await demo.line(with: "curl -i http://")
      let port = try #require(line.split(separator: ":").last?.split(separator: "/").first.flatMap { Int($0) })
      let answer = try await PlainCall.get(port, "/call/demo/hello")
      #expect(answer.contains("200 OK"))
      try await demo.line(with: "call 1")
      try await demo.line(with: "emitted")
      try demo.send(.interrupt)
    }
    #expect(code == 0)
  }

  @Test func `a port that is taken is told, and nothing crashes`() async throws {
    try await RawServer.with(
      { _ in },
      { taken in
        let result = try await Program().run("demo", "--port", "\(taken.port)")
        #expect(result.code == 69, "\(result)")
        #expect(
          result.errors
            == "error: Cannot listen on port \(taken.port): Address already in use. Choose another with --port.\n")
      })
  }

  @Test func `a broken pipeline file is told with its place`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: x\n", to: "x.yaml")
    let result = try await Program().run("demo", "--self-check", "--pipeline", file)
    #expect(result.code == 1)
    #expect(result.errors.contains("\(file):1:1: error:"))
  }
}
