import Foundation
import NIOCore

extension CommandProblem {
  /// An address that cannot be listened on.
  /// - Parameter remedy: what to do: `Choose another with --port.`
  static func cannotListen(on place: String, _ error: any Error, remedy: String) -> CommandProblem {
    let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    return CommandProblem("Cannot listen on \(place): \(reason). \(remedy)", .unavailable)
  }
}
