import ArgumentParser
import Foundation
import HTTPWire
import Logging

/// `chaos backend`: the backend's process.
struct BackendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backend", abstract: "The backend of a run. The suite starts it.", shouldDisplay: false)

  @Option(help: "The port to listen on.")
  var port = 0

  func run() async throws {
    let logger = Logger(label: "backend") { StreamLogHandler.standardError(label: $0) }
    let server = try await HTTPServer.start(
      .init(port: port), clock: ContinuousClock(), logger: logger, handler: BackendHandler())
    ChildVoice.say("listening \(server.port)")
    let commands = Task { for await _ in ChildVoice.commands() {} }
    await Termination.wait(or: commands)
    await server.shutdown()
    ChildVoice.say("done")
  }
}
