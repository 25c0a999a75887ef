import Backend
import HTTPWire
import NIOCore
import PipelineFile
import StandardStages
import TelephoneKit

/// A connection to the backend of one `forward` step. No request is sent.
struct BackendProbe: Sendable {
  /// The id of the step.
  let step: String
  let origin: Origin
  private let caFile: String?

  /// `nil` if the step forwards to no backend.
  init?(_ step: CheckedStep, of pipeline: CheckedPipeline) {
    guard let options = step.options as? Forward.Options else { return nil }
    self.step = step.id
    origin = options.to
    caFile = options.ca.map { FilePath.resolve($0, from: pipeline.file) }
  }

  /// - Returns: what came of it, and whether there is a connection.
  func connect(within timeout: Duration) async -> (String, Bool) {
    let clock = ContinuousClock()
    let began = clock.now
    do {
      let version = try await withDeadline(timeout, clock: clock) { try await open() }
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
  private func open() async throws -> String? {
    let probe = NetworkProbe(host: origin.host, port: origin.port)
    if let path = origin.socketPath {
      try await probe.connect(to: SocketAddress(unixDomainSocketPath: path))
      return nil
    }
    var failure: (any Error)?
    for address in try await probe.addresses() {
      do {
        guard origin.scheme == .https else {
          try await probe.connect(to: address)
          return nil
        }
        return try await probe.handshake(to: address, caFile: caFile).version ?? "TLS"
      } catch {
        try Task.checkCancellation()
        failure = failure ?? error
      }
    }
    throw failure ?? CancellationError()
  }
}
