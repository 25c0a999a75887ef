package import TelephoneKit

/// The JSON Schema (draft 2020-12) of pipeline files, fragments and files of tests, for the stages of a registry.
///
/// It is for editors: it knows names, kinds and ranges. What needs the whole file to be understood, such as the order of
/// the tracks, is left to ``PipelineLoader``; nothing that the loader takes is refused but odd spellings.
package struct PipelineSchema {
  private let stages: StageSchema

  package init(_ registry: StageRegistry) { stages = StageSchema(registry: registry) }

  package var json: OrderedJSON {
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Telephone pipeline",
      "description": "A pipeline, a fragment that pipelines include, or a file of tests.",
      "type": "object",
      "if": ["required": ["fragment"]],
      "then": ValueSchema.ref("fragment"),
      "else": [
        "if": Self.isFileOfTests,
        "then": ValueSchema.ref("file-of-tests"),
        "else": ValueSchema.ref("pipeline"),
      ],
      "$defs": .object(definitions),
    ]
  }

  /// Tests without stages, for the pipeline of the same name or for one that is named by its file.
  private static let isFileOfTests: OrderedJSON = [
    "required": ["tests"], "not": ["required": ["stages"]],
    "properties": ["pipeline": ["pattern": #"\.ya?ml$"#]],
  ]

  private var definitions: [OrderedJSON.Member] {
    let stages: OrderedJSON = ["type": "array", "items": ValueSchema.ref("entry")]
    let tests = ValueSchema.described("What is expected of the pipeline.", ValueSchema.ref("tests"))
    let variables = ValueSchema.ref("variables")
    return [
      .init(
        "pipeline",
        ValueSchema.map(
          [
            "pipeline": ["description": "The pipeline's name.", "type": ["string", "number", "boolean"]],
            "variables": variables,
            "stages": ValueSchema.described("The stages in the order of time.", stages.and(["minItems": 1])),
            "tests": ValueSchema.orNothing(tests),
          ], required: ["pipeline", "stages"])),
      .init(
        "fragment",
        ValueSchema.map(
          [
            "fragment": ["description": "The fragment's name.", "type": ["string", "number", "boolean"]],
            "variables": variables,
            "stages": ValueSchema.described("Stages that stand in the place of the include.", stages),
          ], required: ["fragment", "stages"])),
      .init(
        "file-of-tests",
        ValueSchema.map(
          [
            "pipeline": [
              "description": "The file of the pipeline. Default: the file of the same name, without '.test'.",
              "type": "string",
            ],
            "tests": tests,
          ], required: ["tests"])),
      .init("variables", Self.variables),
      .init(
        "variable", ["description": "A text with a variable, such as ${PORT}.", "type": "string", "pattern": #"\$\{"#]),
    ] + self.stages.definitions + ConditionSchema.definitions + TestSchema.definitions
  }

  private static let variables: OrderedJSON = [
    "description": "What the file expects from outside.",
    "type": ["object", "null"],
    "propertyNames": [
      "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "patternErrorMessage": "expected letters, digits and '_', no digit first",
    ],
    "additionalProperties": ValueSchema.orNothing(
      ValueSchema.map([
        "default": ValueSchema.described("What it is when it is set nowhere.", ValueSchema.text),
        "description": ValueSchema.described("For people.", ValueSchema.text),
        "example": ValueSchema.described("What check, dry-run and test take when it is set nowhere.", ValueSchema.text),
        "secret": ["description": "Whether its value is hidden everywhere.", "type": "boolean"],
      ])),
  ]
}
