import NIOCore
import Synchronization

extension ServerConnection {
  func inputClosed() {
    let watch = HalfClose(written: output.value.written)
    Task(executorPreference: executor) { [weak self, clock] in
      var watch = watch
      repeat {
        do { try await clock.sleep(for: HalfClose.interval) } catch { return }
      } while await self?.look(&watch) ?? false
    }
  }

  /// - Returns: whether to look again.
  private func look(_ watch: inout HalfClose) async -> Bool {
    guard channel.isActive else { return false }
    let response = current.withLock { $0 }
    let activity = await onLoop { response?.activity(on: $0.output.value) ?? .between }
    switch watch.look(activity) {
    case .lookAgain: return true
    case .probe: try? await response?.probe()
    case .giveUp: channel.close(promise: nil)
    case .stop: break
    }
    return false
  }
}
