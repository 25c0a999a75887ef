import HTTPTypes
import HTTPWire
import NIOCore

/// The calls that `telephone demo --self-check` makes, each with what must come back.
struct SelfCheck: Sendable {
  /// What one call showed.
  enum Finding: Sendable {
    case good(String)
    case bad(String)
  }

  /// One of the calls.
  struct Call: Sendable {
    var name: String
    var make: @Sendable () async throws -> Finding

    init(_ name: String, _ make: @escaping @Sendable () async throws -> Finding) {
      self.name = name
      self.make = make
    }

    /// Makes the call. It has two minutes.
    func finding() async -> Finding {
      do {
        return try await withDeadline(.seconds(120), clock: ContinuousClock(), make)
      } catch is DeadlineExceeded {
        return .bad("no end within two minutes")
      } catch {
        return .bad("\(error)")
      }
    }
  }

  let house: DemoHouse
  let client: DemoClient
  let signals: DemoSignals

  /// All calls, in an order in which none disturbs another.
  var calls: [Call] { plain + streams }

  private var plain: [Call] {
    [
      Call("the line speaks protocol 2") { protocolVersion() },
      Call("GET through the whole chain") { try await greeting() },
      Call("POST of all 256 octets through verify-jwt") { try await octets() },
      Call("no token is refused with 401") { try await noToken() },
      Call("past the rate comes 429") { try await pastTheRate() },
      Call("a traversal is refused with 400") { try await traversal() },
      Call("3 MiB of UTF-8 in chunks, octet for octet") { try await large() },
    ]
  }

  private func protocolVersion() -> Finding {
    house.protocolVersion == 2 ? .good("granted at the join") : .bad("it speaks \(house.protocolVersion ?? 0)")
  }

  private func greeting() async throws -> Finding {
    let answer = try await client.send(.get, house.path + "/hello")
    return expect(
      answer.status == 200 && answer.body == ByteBuffer(string: "Hello from the backend.\n"), answer,
      "200, the greeting")
  }

  private func octets() async throws -> Finding {
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    let answer = try await client.send(
      .post, house.path + "/api/echo", fields: [.authorization: "Bearer \(house.token)"], body: octets)
    return expect(answer.status == 200 && answer.body == octets, answer, "200, the same 256 octets")
  }

  private func noToken() async throws -> Finding {
    let answer = try await client.send(.get, house.path + "/api/echo")
    let challenge = answer.fields[.wwwAuthenticate] ?? ""
    return expect(answer.status == 401 && challenge.hasPrefix("Bearer"), answer, "401, WWW-Authenticate: Bearer")
  }

  private func pastTheRate() async throws -> Finding {
    var statuses: [Int] = []
    var last = try await client.send(.get, house.path + "/limited")
    statuses.append(last.status)
    while last.status == 200, statuses.count < 10 {
      last = try await client.send(.get, house.path + "/limited")
      statuses.append(last.status)
    }
    return expect(
      statuses.count > 1 && last.status == 429 && last.fields[.retryAfter] != nil, last,
      "\(statuses.count - 1) times 200, then 429 with Retry-After")
  }

  private func traversal() async throws -> Finding {
    let answer = try await client.send(.get, house.path + "/../../etc/passwd")
    let isTold = String(buffer: answer.body).contains("path-climbs")
    return expect(answer.status == 400 && isTold, answer, "400, decided by normalize-path (path-climbs)")
  }

  private func large() async throws -> Finding {
    let answer = try await client.send(.get, house.path + "/large")
    return expect(
      answer.status == 200 && answer.body == DemoBackend.large, answer,
      "200, \(DemoBackend.large.readableBytes) octets, all equal")
  }

  private func expect(_ isAsExpected: Bool, _ answer: DemoClient.Answer, _ words: String) -> Finding {
    isAsExpected
      ? .good(words) : .bad("expected \(words); got \(answer.status) with \(answer.body.readableBytes) octets")
  }
}
