import TelephoneKit

/// The schema of the entries of `stages`.
struct StageSchema {
  let registry: StageRegistry

  var definitions: [OrderedJSON.Member] {
    let bare = registry.all.filter { stage in !stage.options.contains(where: \.isRequired) }
    return [
      .init("entry", entry),
      .init("bare-stage", ValueSchema.described("A stage with its defaults.", names(of: bare))),
      .init("include", include),
      .init("stage", stage),
    ] + registry.all.map { .init(Self.definition(of: $0), use(of: $0)) }
  }

  private static func definition(of stage: StageType) -> String { "stage-\(stage.name)" }

  private func names(of stages: [StageType]) -> OrderedJSON {
    [
      "type": "string", "enum": .strings(stages.map(\.name)),
      "enumDescriptions": .strings(stages.map { "\($0.summary) (\($0.track.rawValue) track)" }),
    ]
  }

  private var entry: OrderedJSON {
    [
      "description": "A stage: its name, or a map with 'stage'. Or an include of a fragment.",
      "if": ["type": "string"],
      "then": ValueSchema.ref("bare-stage"),
      "else": [
        "if": ["type": "object", "required": ["include"]],
        "then": ValueSchema.ref("include"),
        "else": ValueSchema.ref("stage"),
      ],
    ]
  }

  private var include: OrderedJSON {
    ValueSchema.map(
      [
        "include": [
          "description": "A fragment whose stages stand here; its path starts at the folder of this file.",
          "type": "string", "minLength": 1,
        ]
      ], required: ["include"])
  }

  private var stage: OrderedJSON {
    ValueSchema.map(
      [
        "stage": ValueSchema.described("What it is.", names(of: registry.all)),
        "id": [
          "description": "Names this use of the stage. Default: the stage's name.",
          "type": ["string", "number", "boolean"], "minimum": 0,
          "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": 64,
        ],
        "when": ["description": "When the stage has its turn. Default: always."],
        "with": ["description": "Options."],
      ], required: ["stage"]
    ).and([
      "allOf": .array(
        registry.all.map { stage in
          [
            "if": ["properties": ["stage": ["const": .string(stage.name)]], "required": ["stage"]],
            "then": ValueSchema.ref(Self.definition(of: stage)),
          ]
        })
    ])
  }

  /// What is said of one stage: its condition and its options.
  private func use(of stage: StageType) -> OrderedJSON {
    let condition: OrderedJSON =
      switch stage.track {
      case .request, .backend: ValueSchema.ref(ConditionSchema.beforeAnswer)
      case .response, .finally: ValueSchema.ref(ConditionSchema.withStatus)
      case .emit: false
      }
    let required = stage.options.filter(\.isRequired).map(\.name)
    var options = ValueSchema.map(
      .object(stage.options.map { .init($0.name, OptionSchema($0).json) }), required: required)
    if required.isEmpty { options = ValueSchema.orNothing(options) }
    let use: OrderedJSON = [
      "title": .string(stage.name), "description": .string("\(stage.summary) (\(stage.track.rawValue) track)"),
      "properties": ["when": condition, "with": options],
    ]
    return required.isEmpty ? use : use.and(["required": ["with"]])
  }
}
