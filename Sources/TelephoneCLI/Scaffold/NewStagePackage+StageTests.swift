extension NewStagePackage {
  var stageTests: String {
    #"""
    \#(imports(name.module, "HTTPTypes", "TelephoneKit", "TelephoneTesting", "Testing"))

    /// The stage alone.
    struct \#(name.type)Tests {
      @Test func `the field says who calls`() async throws {
        let harness = try await StageHarness(\#(name.type).self)
        #expect(await harness.send(Request(clientAddress: "192.0.2.7")).added == "Hello, 192.0.2.7")
        #expect(await harness.send(Request()).added == "Hello, stranger")
      }

      @Test(arguments: [("replace", "Hello, stranger"), ("keep", "Hi")])
      func `a field that is there is replaced, or kept`(_ choice: String, _ value: String) async throws {
        let harness = try await StageHarness(\#(name.type).self, options: "if-present: \(choice)")
        #expect(await harness.send(Request(fields: [.added: "Hi"])).added == value)
      }

      @Test func `a field that is there is refused`() async throws {
        let harness = try await StageHarness(\#(name.type).self, options: "if-present: refuse")
        let result = await harness.send(Request(fields: [.added: "Hi"]))
        #expect(result.status == .badRequest)
        #expect(result.outcome.code == "field-present")
        #expect(result.requestAtBackend == nil)
      }

      @Test(arguments: ["field: not a name", "value: ' spaces '", #"value: "two\nlines""#, "if-present: shout", "feild: X"])
      func `bad options are refused before anything runs`(_ options: String) async throws {
        await #expect(throws: OptionProblems.self) { try await StageHarness(\#(name.type).self, options: options) }
      }

      @Test func `the trace shows what the stage did`() async throws {
        let result = try await StageHarness(\#(name.type).self).send()
        let change = try #require(result.entry(of: "\#(name.text)")?.changes.first)
        #expect(change.subject == "\#(name.field)")
        #expect(change.after == "Hello, stranger")
      }
    }

    extension ExchangeResult {
      /// The field as it reached the backend.
      fileprivate var added: String? { requestAtBackend?.fields[.added] }
    }

    extension HTTPField.Name {
      fileprivate static let added = HTTPField.Name("\#(name.field)") ?? .via
    }

    """#
  }
}
