import AddGreetingStage
import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// The stage in its file. `forward` and `emit-chunks` have stand-ins here, so no socket is opened. What the pipeline
/// does with requests of all kinds is tested by the file itself: `swift run telephone-with-add-greeting test .`
struct PipelineTests {
  /// `pipeline.yaml` at the top of this package.
  static let file =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/pipeline.yaml"

  @Test(arguments: [(.post, "Good day, 192.0.2.7"), (.get, nil)] as [(HTTPRequest.Method, String?)])
  func `only what is posted gets the field`(_ method: HTTPRequest.Method, _ value: String?) async throws {
    let fixture = try await PipelineFixture(contentsOf: Self.file, stages: [AddGreeting.self])
    let result = await fixture.send(Request(method: method, clientAddress: "192.0.2.7"))
    #expect(result.status == .ok)
    let field = try #require(HTTPField.Name("X-Add-Greeting"))
    #expect(result.requestAtBackend?.fields[field] == value)
  }
}
