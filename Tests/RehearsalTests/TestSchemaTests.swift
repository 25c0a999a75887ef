import PipelineFile
import StandardStages
import TelephoneKit
import Testing

@testable import Rehearsal

/// The JSON Schema of tests has the keys that the readers of tests know.
struct TestSchemaTests {
  private static func keys(_ definition: String) throws -> Set<String> {
    let schema = PipelineSchema(try StageRegistry(StandardStages.all)).json
    let properties = try #require(schema["$defs"]?[definition]?["properties"])
    return Set(properties.members.map(\.name))
  }

  @Test(arguments: [
    ("test", TestReader.keys), ("step", TestStepReader.keys), ("message", RequestReader.keys),
    ("answer", StubAnswer.keys), ("route", ["when"] + StubAnswer.keys), ("expectation", ExpectationReader.keys),
  ])
  func `keys are those of the reader`(definition: String, known: [String]) throws {
    #expect(try Self.keys(definition) == Set(known))
  }

  @Test func `mocks are those that there are`() throws {
    let schema = PipelineSchema(try StageRegistry(StandardStages.all)).json
    let mock = try #require(schema["$defs"]?["mock"])
    let names = StepMock.Kind.allCases.map(\.rawValue)
    #expect(mock["else"]?["enum"] == .strings(names))
    #expect(mock["then"]?["properties"]?.members.map(\.name) == names)
  }
}
