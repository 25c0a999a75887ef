import AsyncHTTPClient
import BenchKit
import NIOCore
import NIOHTTP1

/// So many tasks, each sending its next request when it has the answer to its last one.
struct FloorLoad: Sendable {
  private let command: LoadCommand
  private let client: HTTPClient
  private let url: String

  private struct Unexpected: Error, CustomStringConvertible {
    var description: String
  }

  init(_ command: LoadCommand, _ client: HTTPClient) {
    self.command = command
    self.client = client
    self.url = "http://127.0.0.1:\(command.port)\(command.target)"
  }

  /// - Throws: what the first request that failed ended with.
  func run() async throws -> Measurement {
    let from = NIODeadline.now() + .nanoseconds(Int64(command.warmUp * 1e9))
    let until = from + .nanoseconds(Int64(command.seconds * 1e9))
    return try await withThrowingTaskGroup(of: Part.self) { group in
      for _ in 0..<command.count { group.addTask { try await requests(from, until) } }
      group.addTask {
        try await Task.sleep(for: .seconds(command.warmUp))
        Output.print(Measurement.begin)
        return Part()
      }
      var all = Part()
      for try await part in group {
        all.latencies.add(part.latencies)
        all.octets += part.octets
      }
      return all.latencies.measurement(seconds: command.seconds, octets: all.octets)
    }
  }

  /// What was answered within the measured time.
  private struct Part {
    var latencies = Latencies()
    var octets = 0
  }

  private func requests(_ from: NIODeadline, _ until: NIODeadline) async throws -> Part {
    var part = Part()
    let request = HTTPClientRequest(url: url)
    while true {
      let sentAt = NIODeadline.now()
      guard sentAt < until else { return part }
      let response = try await client.execute(request, timeout: .seconds(10))
      guard response.status.code == 200 else {
        throw Unexpected(description: "an answer had status \(response.status.code)")
      }
      let body = try await response.body.collect(upTo: 1 << 20)
      let now = NIODeadline.now()
      guard now >= from, now < until else { continue }
      part.latencies.record(UInt64((now - sentAt).nanoseconds))
      part.octets += body.readableBytes
    }
  }
}
