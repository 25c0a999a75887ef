import HTTPTypes
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

/// What a bad emit stage writes in the wrong order never reaches the sink.
struct SinkOrderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var headLeaves: Bool
    var work: @Sendable (any Sink) async throws -> Void
  }

  static let cases = [
    Case(testDescription: "a chunk before the head", headLeaves: false) { sink in
      try await sink.write(ByteBuffer(string: "x"))
    },
    Case(testDescription: "the end before the head", headLeaves: false) { sink in try await sink.end(nil) },
    Case(testDescription: "a second head", headLeaves: true) { sink in
      try await sink.head(.ok, [:])
      try await sink.head(.accepted, [:])
    },
    Case(testDescription: "an interim head after the head", headLeaves: true) { sink in
      try await sink.head(.ok, [:])
      try await sink.interim(.continue, [:])
    },
    Case(testDescription: "a head after breaking off", headLeaves: false) { sink in
      await sink.abort(Broken())
      try await sink.head(.ok, [:])
    },
    Case(testDescription: "200 as an interim status", headLeaves: false) { sink in try await sink.interim(.ok, [:]) },
    Case(testDescription: "101 as an interim status", headLeaves: false) { sink in
      try await sink.interim(.switchingProtocols, [:])
    },
  ]

  @Test(arguments: cases)
  func `the wrong order is an error of the emit stage`(_ wrong: Case) async throws {
    let diary = Diary()
    let line = try Line(
      .backend { _ in Response() },
      .emit { _, _, sink in
        do {
          try await wrong.work(sink)
        } catch let error as SinkOrderError {
          diary.note("refused")
          throw error
        }
      })
    let result = await line.send()
    #expect(diary.notes == ["refused"])
    #expect(result.outcome.kind == .failed)
    #expect(result.recording.interims.isEmpty)
    #expect(result.recording.isEnded == (!wrong.headLeaves && result.recording.abortedBy == nil))
  }

  @Test(arguments: ["write", "end", "head"])
  func `nothing follows the end`(_ call: String) async throws {
    let line = try Line(
      .backend { _ in Response(text: "whole") },
      .emit { response, exchange, sink in
        try await Write.plainly(response, exchange, sink)
        await #expect(throws: SinkOrderError.self) {
          switch call {
          case "write": try await sink.write(ByteBuffer(string: "more"))
          case "end": try await sink.end(nil)
          default: try await sink.head(.ok, [:])
          }
        }
        await sink.abort(Broken())
      })
    let result = await line.send()
    #expect(result.outcome.kind == .delivered)
    #expect(result.recording.text == "whole")
    #expect(result.recording.abortedBy == nil)
  }
}
