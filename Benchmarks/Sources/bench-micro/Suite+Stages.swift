import Foundation
import HTTPTypes
import Logging
import NIOCore
import PipelineFile
import StandardStages
import TelephoneKit

/// An exchange through stages that a file would name, with a backend that answers at once and a sink that drops.
struct StageRun {
  let name: String
  /// What stands before the backend, in YAML.
  var requestStages = ""
  /// What stands between the backend and `emit-chunks`.
  var responseStages = ""
  var fields: HTTPFields = [:]
}

extension Suite {
  /// Many short batches, those of all runs in turn, so that one run can be compared with another on a machine whose pace
  /// changes.
  mutating func stages(_ runs: [StageRun]) async throws {
    let (batches, count) = (60, 500)
    let sink = DroppingSink()
    var prepared: [(run: StageRun, pipeline: Pipeline, request: Request, best: Best)] = []
    for run in runs where wants(run.name) {
      let pipeline = try await Self.pipeline(run)
      let request = Self.request(run)
      guard case .delivered = await pipeline.run(request, id: "warm", into: sink).kind else {
        throw UnexpectedOutcome(run: run.name)
      }
      prepared.append((run, pipeline, request, Best()))
    }
    for _ in 0..<batches {
      for index in prepared.indices {
        let (pipeline, request) = (prepared[index].pipeline, prepared[index].request)
        let before = Sample()
        for _ in 0..<count { _ = await pipeline.run(request, id: "exchange", into: sink) }
        prepared[index].best.take(Sample(), before)
      }
    }
    for (run, pipeline, _, best) in prepared {
      add(best.result(run.name, count))
      await pipeline.shutdown()
    }
  }

  private static func request(_ run: StageRun) -> Request {
    var request = Request(method: .get, authority: "example.com", target: "/api/orders/4711?expand=lines")
    request.fields = [
      .userAgent: "bench/1.0", .accept: "application/json", .acceptEncoding: "gzip, br", .acceptLanguage: "en",
      .cookie: "session=0123456789abcdef",
    ]
    request.fields.append(contentsOf: run.fields)
    request.clientAddress = "192.0.2.7"
    return request
  }

  private struct UnexpectedOutcome: Error {
    let run: String
  }

  private static func pipeline(_ run: StageRun) async throws -> Pipeline {
    let text = """
      pipeline: bench
      stages:
      \(run.requestStages)
        - stage: forward
          with: { to: "http://127.0.0.1:9" }
      \(run.responseStages)
        - emit-chunks
      """
    let loader = PipelineLoader(
      registry: try StageRegistry(StandardStages.all + [PassRequest.self, PassResponse.self]), mode: .run,
      variables: { _ in nil })
    return try await loader.load(text: text).build(
      logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    ) { $0.stageName == "forward" ? ReadyBackend() : nil }
  }
}

/// Answers with 1 KiB that is there already.
private struct ReadyBackend: BackendStage {
  static let name = "forward"
  static let summary = "Answers at once."

  private let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024)

  init() {}
  init(_ options: NoOptions, _ context: StageContext) {}

  func respond(to exchange: Exchange) async throws -> Response {
    Response(status: .ok, fields: [.contentType: "text/plain", .contentLength: "1024"], body: Body(body))
  }
}

private struct DroppingSink: Sink {
  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {}
  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {}
  func write(_ chunk: ByteBuffer) async throws {}
  func end(_ trailers: HTTPFields?) async throws {}
  func abort(_ error: any Error) async {}
}
