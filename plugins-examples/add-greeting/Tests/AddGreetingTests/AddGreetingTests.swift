import AddGreeting
import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// The stage alone.
struct AddGreetingTests {
  @Test func `every answer is greeted`() async throws {
    let harness = try await StageHarness(AddGreeting.self)
    let result = await harness.send()
    #expect(result.fields[.greeting] == "Hello")
    #expect(result.text == "Hello from the backend.")
  }

  @Test func `failures are greeted too`() async throws {
    let dead = StubBackend { _ in throw Failure(status: .badGateway, code: "dead", "The backend is gone.") }
    let result = try await StageHarness(AddGreeting.self, backend: dead).send()
    #expect(result.status == .badGateway)
    #expect(result.fields[.greeting] == "Hello")
  }

  @Test func `the greeting knows the client`() async throws {
    let harness = try await StageHarness(AddGreeting.self, options: "greeting: Good day, {client}")
    #expect(await harness.send(Request(clientAddress: "192.0.2.7")).fields[.greeting] == "Good day, 192.0.2.7")
    #expect(await harness.send(Request()).fields[.greeting] == "Good day, stranger")
  }

  @Test(arguments: [("true", "Hi"), ("false", "Hello")])
  func `a greeting of the backend stays, or not`(_ keeps: String, _ greeting: String) async throws {
    let harness = try await StageHarness(
      AddGreeting.self, options: "keep-backends: \(keeps)", backend: StubBackend(fields: [.greeting: "Hi"]))
    #expect(await harness.send().fields[.greeting] == greeting)
  }

  @Test(arguments: ["field: not a name", "greeting: ' spaces '", #"greeting: "two\nlines""#, "gretting: Hello"])
  func `bad options are refused before anything runs`(_ options: String) async throws {
    await #expect(throws: OptionProblems.self) { try await StageHarness(AddGreeting.self, options: options) }
  }

  @Test func `the trace shows what the stage did`() async throws {
    let result = try await StageHarness(AddGreeting.self).send()
    let change = try #require(result.entry(of: "add-greeting")?.changes.first)
    #expect(change.subject == "X-Greeting")
    #expect(change.after == "Hello")
  }
}

extension HTTPField.Name {
  static let greeting = HTTPField.Name("X-Greeting") ?? .via
}
