import Synchronization

/// A random number generator that several draw from, one at a time.
final class SharedGenerator: Sendable {
  private let generator: Mutex<any RandomNumberGenerator & Sendable>

  init(_ generator: any RandomNumberGenerator & Sendable) { self.generator = Mutex(generator) }

  func withLock<Result>(_ draw: (inout any RandomNumberGenerator & Sendable) -> Result) -> Result {
    generator.withLock { draw(&$0) }
  }
}
