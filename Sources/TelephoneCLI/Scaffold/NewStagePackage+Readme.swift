extension NewStagePackage {
  var readme: String {
    #"""
    # \#(name.text)

    A telephone with a stage of its own: the stage, its tests, a pipeline that uses it, and a program that knows all commands
    and standard stages of `telephone`, and this one.

    | | |
    |---|---|
    | [`Sources/\#(name.module)`](Sources/\#(name.module)/\#(name.type).swift) | the stage |
    | [`Sources/\#(name.program)`](Sources/\#(name.program)/Main.swift) | the program: one call |
    | [`Tests`](Tests/\#(name.module)Tests) | the stage alone, and in its file |
    | [`pipeline.yaml`](pipeline.yaml) | a pipeline that names it, with tests |

    Run these here:

    ```sh
    swift test                                              # no socket, no sleep
    swift run \#(name.program) stages \#(name.text)
    swift run \#(name.program) check pipeline.yaml
    swift run \#(name.program) test pipeline.yaml --coverage
    swift run \#(name.program) dry-run pipeline.yaml --method POST
    ```

    Written by `telephone new-stage \#(name.text)`. Make the stage do what you need; `docs/writing-stages.md` of Telephone
    explains the rest.

    """#
  }
}
