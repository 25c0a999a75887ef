import HTTPTypes
import HTTPWire
import TelephoneKit
import Tunnel

extension SwitchboardCalls.Outcome {
  /// How a call ended that threw.
  /// - Parameters:
  ///   - isAnswered: whether the head of an answer was written before.
  ///   - isCancelled: whether the call's task was, which means that the client is gone.
  init(_ error: any Error, isAnswered: Bool, isCancelled: Bool) {
    self =
      switch error {
      case _ where isCancelled: .abandoned
      case is CancellationError, is ClientGone: .abandoned
      case let error as ResponseError where error.kind == .connectionLost || error.kind == .timedOut: .abandoned
      case let error as ServerBodyError where error.kind != .malformed: .abandoned
      case let fault as StreamFault where fault.origin == .line: .lost
      case _ where isAnswered: .cut
      case is Refusal: .refused
      case let failure as Failure where failure.code == Failure.lineLost.code: .lost
      case let failure as Failure where failure.status == .serviceUnavailable: .refused
      default: .failed
      }
  }
}
