import Foundation
import Testing

@testable import TelephoneCLI

@Suite("The flags of settings")
struct SettingFlagsTests {
  @Test func `each setting has a flag, its name in lower case with dashes, and is documented`() async throws {
    let help = try await Program().run("run", "--help").output
    let page = try String(contentsOfFile: "\(Program.root)/docs/settings.md", encoding: .utf8)
    for setting in Setting.all {
      #expect(page.contains("`\(setting.name)`"), "\(setting.name)")
      let flag = "--" + setting.name.lowercased().replacing("_", with: "-")
      #expect(help.contains("  \(flag) <value>"), "\(flag)")
    }
  }
}
