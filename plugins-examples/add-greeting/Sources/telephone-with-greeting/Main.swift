import AddGreeting
import TelephoneCLI

/// Telephone with one stage more. All its commands are there: `check`, `dry-run`, `stages`, `run`.
@main
struct TelephoneWithGreeting {
  static func main() async {
    await TelephoneCommand.main(stages: [AddGreeting.self])
  }
}
