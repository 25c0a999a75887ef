import Dispatch
import Foundation
import HTTPTypes
import Logging
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

@testable import TelephoneCLI

@Suite("The files that exchanges are recorded in", .timeLimit(.minutes(1)))
struct RecordingFileTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// What a file holds of an exchange.
  private func record(
    _ request: Request = Request(), _ response: Response = Response(), bodyLimit: Int = 1000,
    hiding: (inout Redaction) -> Void = { _ in }
  ) async throws -> [String: Any] {
    let folder = try TemporaryFolder()
    let recorder = FileRecorder(try RecordingFolder(folder.path, limit: 10), bodyLimit: bodyLimit, logger: logger)
    var redaction = Redaction()
    hiding(&redaction)
    await send(request, response, redaction, to: recorder)
    await recorder.flush()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == 1 && recorder.counts.written == 1)
    return try read("\(folder.path)/\(try #require(names.first))")
  }

  private func send(
    _ request: Request, _ response: Response, _ redaction: Redaction = Redaction(), to recorder: FileRecorder
  ) async {
    do {
      let pipeline = try Pipeline(
        name: "recorded",
        steps: [PipelineStep(stage: ClosureBackend { _ in response }), PipelineStep(stage: PlainEmitter())],
        redaction: redaction, logger: logger)
      _ = await LivePipeline(pipeline).run(
        request, id: "1.1-7", into: RecordingSink(), watch: ExchangeWatch([], recorder: recorder))
    } catch {
      Issue.record("\(error)")
    }
  }

  private func read(_ path: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
    return try #require(object as? [String: Any])
  }

  @Test func `a file holds the exchange in the format that dry-run and tests read`() async throws {
    let file = try await record(
      Request(
        method: .post, scheme: "https", authority: "api.example.com", target: "/x?y=1",
        fields: [.contentType: "text/plain", .accept: "a", .accept: "b"],
        body: ScriptedBody(["Hel", "lo"], then: .end(trailers: [.eTag: "t"])).body(), clientAddress: "203.0.113.7"),
      Response(status: .created, fields: [.server: "s"], body: Body("made")))
    #expect(file["telephone"] as? String == "exchange/1")
    #expect(file["id"] as? String == "1.1-7" && file["pipeline"] as? String == "recorded")
    #expect((file["at"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    #expect(try #require(file["duration-ms"] as? Double) >= 0)
    let request = try #require(file["request"] as? [String: Any])
    #expect(request["method"] as? String == "POST" && request["scheme"] as? String == "https")
    #expect(request["authority"] as? String == "api.example.com" && request["target"] as? String == "/x?y=1")
    #expect(request["client-address"] as? String == "203.0.113.7" && request["websocket"] == nil)
    #expect(request["fields"] as? [[String]] == [["Content-Type", "text/plain"], ["Accept", "a"], ["Accept", "b"]])
    // Nobody has read it, so nothing of it is known.
    #expect(request["body"] == nil && request["body-octets"] as? Int == 0 && request["body-is-cut"] as? Bool == true)
    let response = try #require(file["response"] as? [String: Any])
    #expect(response["status"] as? Int == 201 && response["fields"] as? [[String]] == [["Server", "s"]])
    #expect(response["body"] as? String == "made" && response["body-is-cut"] as? Bool == false)
    let outcome = try #require(file["outcome"] as? [String: Any])
    #expect(outcome["kind"] as? String == "delivered" && outcome["status"] as? Int == 201)
    #expect(outcome["decided-by"] as? String == "closure-backend" && outcome["code"] == nil)
  }

  @Test func `a body that is no UTF-8 is in Base64, and a cut one ends between characters`() async throws {
    let octets: [UInt8] = [0xFF, 0x00, 0xFE]
    let binary = try #require(
      try await record(Request(body: Body(ByteBuffer(bytes: octets))))["request"] as? [String: Any])
    #expect(binary["body"] == nil && binary["body-base64"] as? String == Data(octets).base64EncodedString())
    let cut = try #require(try await record(Request(body: Body("aé€")), bodyLimit: 5)["request"] as? [String: Any])
    #expect(cut["body"] as? String == "aé" && cut["body-octets"] as? Int == 6 && cut["body-is-cut"] as? Bool == true)
  }

  @Test func `secrets are hidden wherever they stand`() async throws {
    let secret = "swordfish-1"
    let file = try await record(
      Request(
        method: .post, authority: "\(secret).example", target: "/\(secret)?token=abc&a=\(secret)&b=1",
        fields: [
          .authorization: "Bearer abc", .cookie: "a=b", .referer: "https://\(secret)/",
          .contentType: "application/x-www-form-urlencoded",
        ], body: Body("token=abc&x=\(secret)&y=2")),
      Response(
        fields: [.setCookie: "id=abc"],
        body: ScriptedBody(["sword", "fish-1 and \(secret)"], then: .end(trailers: [.location: secret])).body())
    ) { redaction in
      redaction.hide(secret: secret)
      redaction.hide(queryItem: "token")
    }
    let request = try #require(file["request"] as? [String: Any])
    #expect(request["target"] as? String == "/‹secret›?token=‹secret›&a=‹secret›&b=1")
    #expect(request["authority"] as? String == "‹secret›.example")
    #expect(
      (request["fields"] as? [[String]])?.map { $0[1] } == [
        "‹secret›", "‹secret›", "https://‹secret›/", "application/x-www-form-urlencoded",
      ])
    #expect(request["body"] as? String == "token=‹secret›&x=‹secret›&y=2")
    let response = try #require(file["response"] as? [String: Any])
    #expect(response["fields"] as? [[String]] == [["Set-Cookie", "‹secret›"]])
    #expect(response["body"] as? String == "‹secret› and ‹secret›")
    #expect(response["trailers"] as? [[String]] == [["Location", "‹secret›"]])
  }

  @Test(arguments: [
    ("swordfish", true, "", "begins"), ("-swordfish-sword", true, "-‹secret›-", "ends with a beginning"),
    ("-swordfish-sword", false, "-‹secret›-sword", "is whole"), ("swordswordfish", false, "sword‹secret›", "twice"),
    ("swor dfish", true, "swor dfish", "has none"), ("", true, "", "is empty"), ("sw", true, "", "is a beginning"),
    ("fishfish", false, "fishfish", "has a part"),
  ])
  func `a secret at the end of a cut body does not show its beginning`(
    _ text: String, _ isCut: Bool, _ shown: String, _ what: String
  ) {
    var redaction = Redaction()
    redaction.hide(secret: "swordfish")
    let text = what == "begins" ? String(text.dropLast()) : text
    let octets = SecretMask(redaction).hidden(Array(text.utf8), [:], isCut: isCut)
    #expect(String(decoding: octets, as: UTF8.self) == shown, "\(what)")
  }

  @Test func `a secret is found among octets that are no text, and the longest first`() {
    var redaction = Redaction()
    for secret in ["abcd", "abcdef"] { redaction.hide(secret: secret) }
    let mask = SecretMask(redaction)
    let mark = Array(Redaction.mark.utf8)
    #expect(mask.hidden([0xFF] + Array("abcdef".utf8) + [0xFE], [:], isCut: false) == [0xFF] + mark + [0xFE])
  }

  @Test func `of a WebSocket's request the file says that it is one`() async throws {
    let file = try await record(Request(asksForWebSocket: true), Response(status: .forbidden))
    #expect((file["request"] as? [String: Any])?["websocket"] as? Bool == true)
  }

  @Test func `the folder and its files are their owner's, and the oldest files go`() async throws {
    let parent = try TemporaryFolder()
    let path = "\(parent.path)/made"
    var folder = try RecordingFolder(path, limit: 2)
    func mode(_ path: String) throws -> Int {
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
    #expect(try mode(path) == 0o700)
    // The second began before the first. They go in the order in which they were written.
    for second in [20, 10, 30] {
      try folder.write(Data("x".utf8), began: Date(timeIntervalSince1970: Double(second)))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(names == ["1970-01-01T000010.000Z-000002.json", "1970-01-01T000030.000Z-000003.json"])
    for name in names { #expect(try mode("\(path)/\(name)") == 0o600) }
    // A further run counts what is there, takes no name twice, and leaves other files alone.
    try Data().write(to: URL(filePath: "\(path)/mine.json"))
    try Data().write(to: URL(filePath: "\(path)/1970-01-01T000031.000Z-000009.json.partial"))
    folder = try RecordingFolder(path, limit: 3)
    for _ in 1...2 { try folder.write(Data("y".utf8), began: Date(timeIntervalSince1970: 10)) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
        "1970-01-01T000010.000Z-000001.json", "1970-01-01T000010.000Z-000003.json", names[1], "mine.json",
      ])
    folder = try RecordingFolder(path, limit: 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [names[1], "mine.json"])
  }

  @Test func `after a clock that was ahead the new files stay and the old ones go`() throws {
    let parent = try TemporaryFolder()
    let path = "\(parent.path)/made"
    var folder = try RecordingFolder(path, limit: 2)
    for second in [5000, 5001] { try folder.write(Data(), began: Date(timeIntervalSince1970: Double(second))) }
    folder = try RecordingFolder(path, limit: 2)
    for second in [10, 11, 12] { try folder.write(Data(), began: Date(timeIntervalSince1970: Double(second))) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
        "1970-01-01T000011.000Z-000002.json", "1970-01-01T000012.000Z-000003.json",
      ])
  }

  @Test func `a folder that cannot be one is told of`() throws {
    let parent = try TemporaryFolder()
    let file = try parent.write("", to: "file")
    for path in [file, "\(parent.path)/missing/deep", ""] {
      #expect(throws: RecordingFolder.Unusable.self) { try RecordingFolder(path, limit: 1) }
    }
  }

  @Test func `what cannot be written is counted, and the next is tried`() async throws {
    let parent = try TemporaryFolder()
    let path = "\(parent.path)/made"
    let recorder = FileRecorder(try RecordingFolder(path, limit: 10), bodyLimit: 10, logger: logger)
    try FileManager.default.removeItem(atPath: path)
    await send(Request(), Response(), to: recorder)
    await recorder.flush()
    #expect(recorder.counts.failed == 1 && recorder.counts.written == 0)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    await send(Request(), Response(), to: recorder)
    await recorder.flush()
    #expect(recorder.counts.failed == 1 && recorder.counts.written == 1)
  }

  @Test func `when the disk does not keep up exchanges are dropped and counted, and none waits`() async throws {
    let parent = try TemporaryFolder()
    let queue = DispatchQueue(label: "held")
    queue.suspend()
    let recorder = FileRecorder(
      try RecordingFolder(parent.path, limit: 1000), bodyLimit: 10, logger: logger, queue: queue)
    for _ in 0..<(FileRecorder.mostWaiting + 3) { await send(Request(), Response(), to: recorder) }
    #expect(recorder.counts.dropped == 3 && recorder.counts.written == 0)
    queue.resume()
    await recorder.flush()
    #expect(recorder.counts.written == FileRecorder.mostWaiting)
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).count == FileRecorder.mostWaiting)
  }
}
