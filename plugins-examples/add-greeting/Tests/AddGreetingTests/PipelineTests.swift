import AddGreeting
import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// The stage in its file. `forward` and `emit-chunks` have stand-ins here, so no socket is opened.
struct PipelineTests {
  /// `pipeline.yaml` at the top of this package.
  static let file =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/pipeline.yaml"

  @Test(arguments: [("/hello/world", "Good day, 192.0.2.7"), ("/other", nil)] as [(String, String?)])
  func `only answers under hello are greeted`(_ target: String, _ greeting: String?) async throws {
    let fixture = try await PipelineFixture(contentsOf: Self.file, stages: [AddGreeting.self])
    let result = await fixture.send(Request(target: target, clientAddress: "192.0.2.7"))
    #expect(result.status == .ok)
    #expect(result.fields[.greeting] == greeting)
    #expect(result.requestAtBackend?.target == target)
  }
}
