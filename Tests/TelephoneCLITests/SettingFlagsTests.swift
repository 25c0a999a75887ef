import Testing

@testable import TelephoneCLI

@Suite("The flags of settings")
struct SettingFlagsTests {
  @Test func `each setting has a flag, its name in lower case with dashes, as docs/settings.md says`() async throws {
    let help = try await Program().run("run", "--help").output
    for setting in Setting.all {
      let flag = "--" + setting.name.lowercased().replacing("_", with: "-")
      #expect(help.contains("  \(flag) <value>"), "\(flag)")
    }
  }
}
