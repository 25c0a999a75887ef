import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// Response hooks, and conditions that see the exchange as it is.
struct HookTests {
  @Test func `hooks run before the response stages, the last registered first`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("one") { exchange in
        exchange.onResponse { _, _ in diary.note("hook of one") }
        return .proceed
      },
      .request("two") { exchange in
        exchange.onResponse { _, _ in diary.note("first hook of two") }
        exchange.onResponse { _, _ in diary.note("second hook of two") }
        return .proceed
      },
      .backend { _ in Response() },
      .response("stage") { _, _ in diary.note("stage") })
    let result = await line.send()
    #expect(diary.notes == ["second hook of two", "first hook of two", "hook of one", "stage"])
    let hooks = result.trace.filter(\.isHook)
    #expect(hooks.map(\.step) == ["two", "two", "one"])
    #expect(hooks.allSatisfy { $0.track == .response && $0.stageName == "ask" })
  }

  @Test func `hooks also touch refusals, and answers that a later stage gave`() async throws {
    let line = try Line(
      .request("cors") { exchange in
        exchange.onResponse { response, _ in response.fields[.accessControlAllowOrigin] = "*" }
        return .proceed
      },
      .request("decide") { exchange in
        if exchange.request.target == "/refuse" { throw Refusal.teapot }
        return .answer(Response())
      })
    for target in ["/refuse", "/answer"] {
      let result = await line.send(Request(target: target))
      #expect(result.recording.fields[.accessControlAllowOrigin] == "*")
      #expect(result.outcome.decidedBy == "decide")
    }
  }

  @Test func `a hook of a stage that then refused still runs`() async throws {
    let line = try Line(
      .request("both") { exchange in
        exchange.onResponse { response, _ in response.fields[.mark] = "hook" }
        throw Refusal.teapot
      })
    #expect(await line.send().recording.fields[.mark] == "hook")
  }

  @Test func `a hook that fails replaces the answer, under the id of its stage`() async throws {
    let line = try Line(
      .request("hooked") { exchange in
        exchange.onResponse { _, _ in throw Failure(status: .badGateway, code: "bad", "It broke.") }
        return .proceed
      },
      .backend { _ in Response() },
      .response("after") { response, _ in response.fields[.mark] = "\(response.status.code)" })
    let result = await line.send()
    #expect(result.outcome == Outcome(.failed, status: 502, code: "bad", decidedBy: "hooked"))
    #expect(result.recording.fields[.mark] == "502")
    #expect(
      result.trace.first(where: \.isHook)?.verdict == .failed(status: 502, code: "bad", sentence: "It broke."))
  }

  @Test func `a condition sees the exchange as it is at that moment`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("early", when: .path("/new")) { _ in
        diary.note("early")
        return .proceed
      },
      .request("rewrite") { exchange in
        exchange.request.target = "/new"
        return .proceed
      },
      .request("late", when: .path("/new")) { _ in
        diary.note("late")
        return .proceed
      },
      .backend { _ in Response() })
    let result = await line.send(Request(target: "/old"))
    #expect(diary.notes == ["late"])
    #expect(result.trace.first?.verdict == .skipped("path /new"))
    #expect(result.trace[2].verdict == .passed)
  }

  @Test func `on later tracks a condition can match the status, as it is then`() async throws {
    func status(_ code: Int) -> Matching { Matching("status \(code)") { $0.status?.code == code } }
    let diary = Diary()
    let line = try Line(
      .request("no status yet", when: Matching("no status") { $0.status == nil }) { _ in
        diary.note("none")
        throw Refusal.teapot
      },
      .response("for 418", when: status(418)) { response, _ in
        diary.note("418")
        response.status = .accepted
      },
      .response("for 418 again", when: status(418)) { _, _ in diary.note("never") },
      .response("for 202", when: status(202)) { _, _ in diary.note("202") },
      .finally("at the end", when: status(202)) { _, outcome in diary.note("finally \(outcome.status ?? 0)") },
      .finally("not this", when: status(418)) { _, _ in diary.note("never") })
    let result = await line.send()
    #expect(diary.notes == ["none", "418", "202", "finally 202"])
    #expect(result.outcome == Outcome(.refused, status: 202, code: "teapot", decidedBy: "no status yet"))
  }
}
