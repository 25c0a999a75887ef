import Foundation
import HTTPWire
import Logging
import TestSupport
import Testing

/// Gateways that take the socket and do something else afterwards.
@Suite("telephone doctor and its line", .timeLimit(.minutes(1)))
struct DoctorGatewayTests {
  /// A message of Phoenix as it came.
  struct Message: Sendable {
    var joinRef = "null"
    var ref = "null"
    var topic = ""
    var event = ""
    var payload = ""

    init(_ text: String) {
      let parts = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [Any] ?? []
      guard parts.count == 5 else { return }
      joinRef = (parts[0] as? String).map { "\"\($0)\"" } ?? "null"
      ref = (parts[1] as? String).map { "\"\($0)\"" } ?? "null"
      topic = parts[2] as? String ?? ""
      event = parts[3] as? String ?? ""
      payload = text
    }

    func reply(_ status: String, _ response: String = "{}") -> String {
      #"[\#(joinRef),\#(ref),"\#(topic)","phx_reply",{"status":"\#(status)","response":\#(response)}]"#
    }

    func push(_ event: String, _ payload: String) -> String {
      #"[\#(joinRef),null,"\#(topic)","\#(event)",\#(payload)]"#
    }
  }

  /// Answers the handshake of every socket, and each message as a script says.
  private struct Gateway: HTTPServerHandler {
    let script: @Sendable (Message) -> [String]

    func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
      guard request.head.asksForWebSocket else { return try await response.respond(status: 426) }
      let socket = try await response.upgrade()
      while case .text(let text)? = try await socket.receive() {
        for answer in script(Message(text)) { try await socket.send(.text(answer)) }
      }
      await socket.close(code: 1000, reason: "")
    }
  }

  private func visit(
    timeout: String = "5s", _ script: @escaping @Sendable (Message) -> [String]
  ) async throws -> Visit {
    let secret = Program.secret
    let server = try await HTTPServer.start(
      HTTPServer.Configuration(), clock: ContinuousClock(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, handler: Gateway(script: script))
    let token = try await Program.token()
    let result = try await Program(environment: ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": secret])
      .run("doctor", "--format", "json", "--gateway", "ws://127.0.0.1:\(server.port)/x", "--timeout", timeout)
    await server.shutdown()
    return try Visit(result)
  }

  @Test func `a join that is refused is told with its reason, and the socket's heartbeat is tried`() async throws {
    let visit = try await visit { message in
      message.event == "phx_join" ? [message.reply("error", #"{"reason":"path is taken"}"#)] : [message.reply("ok")]
    }
    #expect(visit["upgrade"]?.verdict == "ok")
    #expect(visit["join"]?.verdict == "FAIL")
    #expect(visit["join"]?.sentence == "The gateway refused to join telephone:demo: path is taken.")
    #expect(visit["join"]?.advice?.contains("path_id") == true)
    #expect(visit["heartbeat"]?.sentence.hasPrefix("socket ") == true)
  }

  @Test func `a join that is not answered`() async throws {
    let visit = try await visit(timeout: "2s") { _ in [] }
    #expect(visit["join"]?.verdict == "FAIL")
    #expect(visit["join"]?.sentence.contains("did not reply on telephone:demo in time") == true)
    #expect(visit["heartbeat"]?.verdict == "FAIL")
  }

  @Test func `a heartbeat that is not answered, after which the channel is left`() async throws {
    let left = Reports<String>()
    let visit = try await visit(timeout: "2s") { message in
      if message.event == "phx_leave" { left.send(message.topic) }
      return message.event.hasPrefix("phx_") ? [message.reply("ok")] : []
    }
    #expect(visit["join"]?.verdict == "ok")
    #expect(visit["heartbeat"]?.verdict == "FAIL")
    #expect(visit["heartbeat"]?.sentence == "The gateway did not answer the heartbeat within 2s.")
    #expect(await left.next() == "telephone:demo")
  }

  @Test func `a request that comes between the join and the leave gets 503 with Retry-After`() async throws {
    let answers = Reports<String>()
    let request =
      #"{"request_id":"6f1c1a4e-0000-4000-8000-000000000001","method":"GET","path":"/","query_string":"","headers":{},"body":""}"#
    let visit = try await visit { message in
      switch message.event {
      case "phx_join": return [message.reply("ok"), message.push("proxy_req", request)]
      case "proxy_res":
        answers.send(message.payload)
        return []
      case "heartbeat" where message.topic != "phoenix": return [message.push("heartbeat_ack", #"{"ts":1}"#)]
      default: return [message.reply("ok")]
      }
    }
    #expect(visit["join"]?.sentence == "telephone:demo, protocol 1")
    #expect(visit["heartbeat"]?.verdict == "ok")
    #expect(visit["heartbeat"]?.sentence.hasSuffix("1 request came meanwhile and got 503 with Retry-After") == true)
    let answer = try #require(await answers.next())
    #expect(answer.contains(#""status":503"#))
    #expect(answer.lowercased().contains("retry-after"))
  }

  @Test func `a grant that was not offered is left, and told`() async throws {
    let left = Reports<String>()
    let visit = try await visit { message in
      if message.event == "phx_leave" { left.send(message.topic) }
      return [message.reply("ok", message.event == "phx_join" ? #"{"telephone":{"protocol":7}}"# : "{}")]
    }
    #expect(visit["join"]?.verdict == "FAIL")
    #expect(visit["join"]?.sentence.contains("protocol 7, which was not offered") == true)
    #expect(await left.next() == "telephone:demo")
  }
}
