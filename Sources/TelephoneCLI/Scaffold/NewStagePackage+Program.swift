extension NewStagePackage {
  var program: String {
    #"""
    \#(imports(name.module, "TelephoneCLI"))

    /// Telephone with one stage more. All its commands are there: `check`, `test`, `dry-run`, `stages`, `run`.
    @main
    struct TelephoneWith\#(name.type) {
      static func main() async {
        await TelephoneCommand.main(stages: [\#(name.type).self])
      }
    }

    """#
  }
}
