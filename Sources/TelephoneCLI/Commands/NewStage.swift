import ArgumentParser
import Foundation
import TelephoneKit

/// `telephone new-stage NAME [DIR]`
struct NewStage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-stage",
    abstract: "Write a package with a stage of your own, its tests, a pipeline and a program.",
    discussion: """
      The package builds and passes its tests as it is. It takes Telephone from the checkout that this program was built in; \
      a program that lies elsewhere needs --telephone. Exit code 64 if something cannot be written.

      EXAMPLES:
        telephone new-stage add-greeting
        telephone new-stage check-coupon ../check-coupon && cd ../check-coupon && swift test
      """)

  @Argument(help: ArgumentHelp("The stage's name in files: lower-case words with dashes.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("The folder, new or empty. Default: NAME.", valueName: "dir"))
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "The checkout of Telephone that the package takes it from. Default: that of this program.", valueName: "dir"))
  var telephone: String?

  func run() throws {
    let name = try NewStageName(name, registry: Shelf.registry)
    let folder = Scaffold.tidy(folder ?? name.text)
    let checkout = try checkout()
    try requireFreeName(of: folder, besides: checkout)
    try Scaffold.makeFolder(folder)
    try requireEmpty(folder)
    let source = TelephoneSource(path: checkout.path(from: folder))
    let scaffold = Scaffold(folder: folder, files: NewStagePackage(name: name, telephone: source).files)
    try scaffold.write()
    scaffold.report(
      next: [
        ("cd \(ShellQuoting.quoted(folder))", ""),
        ("swift test", "builds Telephone, too: the first time takes some minutes"),
        ("swift run \(name.program) test pipeline.yaml --coverage", "the pipeline's tests"),
        ("swift run \(name.program) stages \(name.text)", "its options, from their declarations"),
      ], Terminal.output)
  }

  private func checkout() throws -> Checkout {
    guard let telephone else {
      if let checkout = Checkout.ofProgram() { return checkout }
      throw CommandProblem(
        "This program does not lie in a checkout of Telephone. Say with --telephone DIR where one is.", .usage)
    }
    guard let checkout = Checkout(telephone) else {
      throw CommandProblem("\(telephone) is no checkout of Telephone: it has no Sources/TelephoneKit.", .usage)
    }
    return checkout
  }

  /// Packages are told apart by the names of their folders, or the last word of their addresses.
  private func requireFreeName(of folder: String, besides checkout: Checkout) throws {
    let other = URL(filePath: checkout.path).lastPathComponent
    guard URL(filePath: folder).standardizedFileURL.lastPathComponent.lowercased() != other.lowercased() else {
      throw CommandProblem(
        "The folder must not be called '\(other)', as that of Telephone itself is. Name another one.", .usage)
    }
  }

  private func requireEmpty(_ folder: String) throws {
    let found = try FolderListing.names(in: folder)
    guard found.isEmpty else {
      let names = found.sorted().prefix(3).joined(separator: ", ") + (found.count > 3 ? ", …" : "")
      throw CommandProblem("The folder \(folder) is not empty (\(names)). Name one that is new or empty.", .usage)
    }
  }
}
