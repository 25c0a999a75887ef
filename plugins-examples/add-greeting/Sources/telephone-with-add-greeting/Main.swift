import AddGreetingStage
import TelephoneCLI

/// Telephone with one stage more. All its commands are there: `check`, `test`, `dry-run`, `stages`, `run`.
@main
struct TelephoneWithAddGreeting {
  static func main() async {
    await TelephoneCommand.main(stages: [AddGreeting.self])
  }
}
