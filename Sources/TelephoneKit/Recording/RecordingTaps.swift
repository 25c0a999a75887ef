import HTTPTypes
import NIOCore

/// Hands on what a request's body gives, and notes it.
struct TappedBody: BodySource {
  let body: Body
  let recording: ExchangeRecording

  func read() async throws -> BodyPart {
    guard let buffer = try await body.next() else {
      recording.noteRequestEnd()
      return .end(trailers: body.trailers)
    }
    recording.noteRequest(buffer)
    return .bytes(buffer)
  }

  func close() async { await body.close() }
}

/// Hands on what is written to a sink, and notes what has left.
struct TappedSink: Sink {
  let sink: any Sink
  let recording: ExchangeRecording

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    try await sink.interim(status, fields)
  }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    try await sink.head(status, fields)
    recording.noteHead(status, fields)
  }

  func write(_ chunk: ByteBuffer) async throws {
    try await sink.write(chunk)
    recording.noteResponse(chunk)
  }

  func end(_ trailers: HTTPFields?) async throws {
    try await sink.end(trailers)
    recording.noteResponseEnd(trailers)
  }

  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    let peer = try await sink.upgrade(fields)
    recording.noteHead(.switchingProtocols, fields)
    recording.noteResponseEnd(nil)
    return peer
  }

  func abort(_ error: any Error) async { await sink.abort(error) }
}
