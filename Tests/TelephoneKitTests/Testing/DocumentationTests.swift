import Foundation
import Testing

/// The code in docs/writing-stages.md is code that is compiled.
struct DocumentationTests {
  /// The top of the repository.
  static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

  /// The text's lines without indentation, without empty ones.
  static func lines(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  @Test func `every piece of Swift on the page stands in a source file, line for line`() throws {
    let sources = try [
      "Tests/TelephoneKitTests/Testing/DocumentedStages.swift",
      "Tests/TelephoneKitTests/Testing/DocumentedStagesTests.swift",
      "plugins-examples/add-greeting/Sources/telephone-with-add-greeting/Main.swift",
    ].map { path in
      "\n"
        + Self.lines(try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)).joined(separator: "\n")
    }
    let page = try String(contentsOf: Self.root.appending(path: "docs/writing-stages.md"), encoding: .utf8)
    let blocks = page.split(separator: "```swift\n").dropFirst().map {
      $0.prefix(upTo: $0.range(of: "```")?.lowerBound ?? $0.endIndex)
    }
    #expect(blocks.count > 10)
    for block in blocks {
      let wanted = "\n" + Self.lines(block).joined(separator: "\n")
      #expect(sources.contains { $0.contains(wanted) }, "\(block)")
    }
  }
}
