import HTTPTypes
import NIOCore

/// The calls that `telephone demo --self-check` makes, each with what must come back.
struct SelfCheck {
  /// What one call showed.
  enum Finding {
    case good(String)
    case bad(String)
  }

  let house: DemoHouse
  let client: DemoClient

  /// All calls, in an order in which none disturbs another.
  var calls: [(name: String, make: () async throws -> Finding)] {
    [
      ("GET through the whole chain", greeting),
      ("POST of all 256 octets through verify-jwt", octets),
      ("no token is refused with 401", noToken),
      ("past the rate comes 429", pastTheRate),
      ("a traversal is refused with 400", traversal),
      ("3 MiB of UTF-8 in chunks, octet for octet", large),
    ]
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
