import Backend
import Foundation
import HTTPWire
import NIOCore
import PipelineFile
import StandardStages
import TelephoneKit

/// Connects to each backend that the pipeline forwards to. No request is sent.
struct BackendStep: Sendable {
  private struct Target: Sendable {
    let stage: String
    let origin: Origin
    let caFile: String?
  }

  private let targets: [Target]
  private let timeout: Duration

  init(pipeline: CheckedPipeline, timeout: Duration) {
    let folder = (pipeline.file as NSString).deletingLastPathComponent
    targets = pipeline.steps.compactMap { step in
      (step.options as? Forward.Options).map { options in
        let caFile = options.ca.map { $0.hasPrefix("/") || folder.isEmpty ? $0 : "\(folder)/\($0)" }
        return Target(stage: step.id, origin: options.to, caFile: caFile)
      }
    }
    self.timeout = timeout
  }

  func examine() async -> Examined<Bool> {
    guard !targets.isEmpty else {
      return Finding.skipped("the pipeline has no 'forward' stage, so there is no backend to connect to")
        .without(Bool.self)
    }
    let timeout = timeout
    let answers = await withTaskGroup(of: (Int, String, Bool).self) { group in
      for (place, target) in targets.enumerated() {
        group.addTask {
          let (words, isOpen) = await Self.connect(to: target, within: timeout)
          return (place, words, isOpen)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
    }
    let words = answers.map { "\(targets[$0.0].origin.text) \($0.1)" }
    let stages = answers.filter { !$0.2 }.map { "'\(targets[$0.0].stage)'" }
    guard !stages.isEmpty else { return Finding.ok(words.joined(separator: ", ")).with(true) }
    return Finding.failed(
      words.joined(separator: ", "),
      "Start the backend, or mend 'to' of \(stages.joined(separator: ", ")) (BACKEND_HOST and BACKEND_PORT in the "
        + "default pipeline)."
    ).without(Bool.self)
  }

  /// - Returns: what came of it, and whether there is a connection.
  private static func connect(to target: Target, within timeout: Duration) async -> (String, Bool) {
    let clock = ContinuousClock()
    let began = clock.now
    do {
      let version = try await withDeadline(timeout, clock: clock) { try await open(target) }
      let time = TracePrinter.time(began.duration(to: clock.now))
      return (version.map { "\($0), \(time)" } ?? time, true)
    } catch let error as DialError where error.trust != nil || error.kind == .tls {
      return (error.sentence, false)
    } catch let error as DialError where error.kind == .nameNotResolved {
      return ("has a name that is not resolved", false)
    } catch {
      return (NetworkSteps.reason(error, timeout), false)
    }
  }

  /// - Returns: the version of TLS, if there is TLS.
  private static func open(_ target: Target) async throws -> String? {
    let probe = NetworkProbe(host: target.origin.host, port: target.origin.port)
    if let path = target.origin.socketPath {
      try await probe.connect(to: SocketAddress(unixDomainSocketPath: path))
      return nil
    }
    var failure: (any Error)?
    for address in try await probe.addresses() {
      do {
        guard target.origin.scheme == .https else {
          try await probe.connect(to: address)
          return nil
        }
        return try await probe.handshake(to: address, caFile: target.caFile).version ?? "TLS"
      } catch {
        try Task.checkCancellation()
        failure = failure ?? error
      }
    }
    throw failure ?? CancellationError()
  }
}
