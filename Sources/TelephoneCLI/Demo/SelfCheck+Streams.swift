import Backend
import HTTPTypes
import HTTPWire
import NIOCore
import TelephoneKit

extension SelfCheck {
  /// The calls that only protocol 2 carries: bodies of any size, and what takes its time.
  var streams: [Call] {
    [
      Call("100 MiB from the backend, octet for octet") { try await download() },
      Call("100 MiB to the backend, octet for octet") { try await upload() },
      Call("an event comes before the next one is sent") { try await events() },
      Call("a WebSocket: text, binary, fragments, a close code") { try await webSocket() },
      Call("a client that leaves cancels the backend's request") { try await leave() },
    ]
  }

  private func download() async throws -> Finding {
    let transfer = Transfer()
    let response = try await client.open(.get, house.path + "/download")
    var content = DemoContent()
    while let octets = try await response.body.next() {
      guard content.accept(octets) else {
        await response.body.close()
        return .bad("wrong from octet \(content.position) on")
      }
    }
    guard response.status == .ok, content.position == DemoContent.size else {
      return .bad("\(response.status.code) with \(content.position) octets")
    }
    return transfer.finding("200, \(content.position) octets, all right")
  }

  private func upload() async throws -> Finding {
    let transfer = Transfer()
    let response = try await client.open(
      .post, house.path + "/upload", body: Body(length: DemoContent.size, source: DemoContentSource()))
    let words = String(buffer: try await response.body.collect(upTo: 1024)).split(separator: "\n").first ?? ""
    guard response.status == .ok, words == "\(DemoContent.size) octets, all right" else {
      return .bad("\(response.status.code), \(words)")
    }
    return transfer.finding("200, \(words)")
  }

  private func events() async throws -> Finding {
    let response = try await client.open(.get, house.path + "/events")
    var text = ""
    for number in 1...2 {
      while !text.contains("event \(number)\n\n") {
        guard let octets = try await response.body.next() else { return .bad("the stream ended after '\(text)'") }
        text += String(buffer: octets)
      }
      // The backend waits for this before it sends the second.
      signals.firstEventCame.give()
    }
    while try await response.body.next() != nil {}
    return text == "data: event 1\n\ndata: event 2\n\n" ? .good("two events, one after the other") : .bad(text)
  }

  private func webSocket() async throws -> Finding {
    let response = try await client.open(.get, house.path + "/socket", webSocket: true)
    guard let socket = response.webSocket else { return .bad("\(response.status.code), no WebSocket") }
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    let frames: [WebSocketFrame] = [
      .data(.text, ByteBuffer(string: "Grüße"), isFinal: true), .data(.binary, octets, isFinal: true),
      .data(.text, ByteBuffer(string: "in two "), isFinal: false),
      .data(.continuation, ByteBuffer(string: "pieces"), isFinal: true), .close(code: 4001, reason: "done"),
    ]
    for frame in frames {
      try await socket.send(frame)
      let echo = try await socket.receive()
      guard echo == frame else {
        await socket.abort(CancellationError())
        return .bad("sent \(frame), got \(echo)")
      }
    }
    return .good("101, every frame came back, closed with 4001")
  }

  private func leave() async throws -> Finding {
    let response = try await client.open(.get, house.path + "/wait")
    guard try await response.body.next() != nil else { return .bad("\(response.status.code), and no line") }
    let clock = ContinuousClock()
    let start = clock.now
    await response.body.close()
    do {
      try await withDeadline(.seconds(1), clock: clock) { try await signals.waitWasCancelled.wait() }
    } catch is DeadlineExceeded {
      return .bad("the backend's request still runs a second later")
    }
    return .good("cancelled after \(Int((clock.now - start) / .milliseconds(1))) ms")
  }
}

/// 100 MiB on their way: how long they take, and whether somebody holds them meanwhile.
private struct Transfer {
  private let clock = ContinuousClock()
  private let start = ContinuousClock.now
  private let memory = PeakMemory.octets

  /// Good, unless the memory of the whole house grew by half of what was carried.
  func finding(_ words: String) -> SelfCheck.Finding {
    let seconds = (clock.now - start).inSeconds
    let growth = PeakMemory.octets - memory
    let rate = Int(Double(DemoContent.size >> 20) / max(seconds, 0.001))
    let time = "\((seconds * 10).rounded() / 10) s, \(rate) MiB/s, \(growth >> 20) MiB more memory"
    return growth < DemoContent.size / 2 ? .good("\(words), \(time)") : .bad("held in memory: \(time)")
  }
}
