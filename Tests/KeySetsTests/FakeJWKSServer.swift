import Synchronization

/// Answers fetches of a JWKS: with what it is told to answer, at once or when the test says so.
final class FakeJWKSServer: Sendable {
  struct Down: Error {}

  private struct State {
    var answer: Result<[UInt8], Down>
    var isHeld = false
    var fetches = 0
    var held: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ jwks: String) { state = Mutex(State(answer: .success(Array(jwks.utf8)))) }

  /// How many fetches there were.
  var fetches: Int { state.withLock { $0.fetches } }

  func answer(_ jwks: String) { state.withLock { $0.answer = .success(Array(jwks.utf8)) } }

  func fail() { state.withLock { $0.answer = .failure(Down()) } }

  /// From now on fetches wait for ``release()``.
  func hold() { state.withLock { $0.isHeld = true } }

  func release() {
    let held = state.withLock { state in
      state.isHeld = false
      defer { state.held = [] }
      return state.held
    }
    for fetch in held { fetch.resume() }
  }

  func fetch() async throws -> [UInt8] {
    await withCheckedContinuation { continuation in
      let isHeld = state.withLock { state in
        state.fetches += 1
        if state.isHeld { state.held.append(continuation) }
        return state.isHeld
      }
      if !isHeld { continuation.resume() }
    }
    return try state.withLock { try $0.answer.get() }
  }
}
