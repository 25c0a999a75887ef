import HTTPTypes
package import TelephoneKit

/// Pulls the answer's body and writes head and chunks to the sink. The pull waits for the sink, so a slow client slows
/// the backend down.
package struct EmitChunks: EmitStage {
  package enum Flush: String, OptionChoice {
    /// Every buffer is written as it comes.
    case immediately
    /// Small buffers wait until a chunk is full, or the body ends.
    case coalesce
  }

  package struct Options: StageOptions {
    @Option(help: "The largest chunk.", range: .octets(1)...(.mebibytes(16)))
    package var maxChunk = ByteSize.kibibytes(64)
    @Option(
      help: "Whether octets are written as they come (immediately), or wait until a chunk is full (coalesce), which "
        + "delays event streams.")
    package var flush = Flush.immediately

    package init() {}
  }

  package static let name = "emit-chunks"
  package static let summary = "Writes the answer in chunks, as fast as the client takes them."

  private let limit: Int
  private let joins: Bool

  package init(_ options: Options, _ context: StageContext) {
    limit = options.maxChunk.octets
    joins = options.flush == .coalesce
  }

  package func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    try await sink.head(response.status, response.fields)
    guard Self.hasContent(response.status, exchange.request.method) else {
      await response.body.close()
      return try await sink.end(nil)
    }
    var cutter = ChunkCutter(limit: limit, joins: joins)
    while let bytes = try await response.body.next() {
      if cutter.passes(bytes) {
        try await sink.write(bytes)
      } else {
        for chunk in cutter.push(bytes) { try await sink.write(chunk) }
      }
    }
    for chunk in cutter.finish() { try await sink.write(chunk) }
    try await sink.end(response.body.trailers)
  }

  /// Answers to HEAD, and 204 and 304, have no content (RFC 9110, 6.4.1).
  private static func hasContent(_ status: HTTPResponse.Status, _ method: HTTPRequest.Method) -> Bool {
    method != .head && status != .noContent && status != .notModified
  }
}
