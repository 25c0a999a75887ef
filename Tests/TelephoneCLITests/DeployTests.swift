import Foundation
import Subprocess
import Testing

@testable import TelephoneCLI

@Suite("The examples of deploy/")
struct DeployTests {
  static let hasSystemd = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(Program.root)/\(path)", encoding: .utf8)
  }

  /// The values of a setting of the unit, in their order.
  private func unit(_ name: String) throws -> [String] {
    try text("deploy/telephone.service").split(separator: "\n").filter { $0.hasPrefix(name + "=") }
      .map { String($0.dropFirst(name.count + 1)) }
  }

  /// `30s` in seconds.
  private func seconds(_ text: String?) throws -> Int {
    let text = try #require(text)
    return try #require(Int(text.dropLast()))
  }

  @Test(.enabled(if: hasSystemd, "systemd-analyze comes with the package systemd"))
  func `systemd finds no fault in the unit`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      try text("deploy/telephone.service").replacing("=/usr/local/bin/telephone", with: "=\(Program.path)"),
      to: "telephone.service")
    let result = try await run(
      .name("systemd-analyze"), arguments: ["verify", "--man=no", file], output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    #expect(result.terminationStatus.isSuccess)
    #expect(result.standardError == "")
  }

  @Test func `the unit notifies, is watched and is hardened, and the image is small and nobody's`() throws {
    for (name, value) in [
      ("Type", "notify"), ("WatchdogSec", "30s"), ("DynamicUser", "yes"), ("NoNewPrivileges", "yes"),
      ("ProtectSystem", "strict"), ("CapabilityBoundingSet", ""), ("MemoryDenyWriteExecute", "yes"),
    ] {
      #expect(try unit(name) == [value], "\(name)")
    }
    let image = try text("deploy/Dockerfile")
    #expect(image.contains("swift build -c release --static-swift-stdlib --product telephone"))
    #expect(try #require(image.firstMatch(of: /(?m)^USER (\d+):\d+$/)).1 != "0")
  }

  @Test func `whoever stops the agent waits longer than it drains`() throws {
    let grace = try seconds(Setting.shutdownGrace.defaultText)
    #expect(try seconds(unit("TimeoutStopSec").first) >= grace + 20)
    let pod = try text("deploy/kubernetes.yaml")
    let hook = try #require(pod.firstMatch(of: /sleep: { seconds: (\d+) }/).flatMap { Int($0.1) })
    let whole = try #require(pod.firstMatch(of: /terminationGracePeriodSeconds: (\d+)/).flatMap { Int($0.1) })
    #expect(hook > grace && whole > hook)
    #expect(pod.contains("{ name: SHUTDOWN_GRACE, value: \(grace)s }"))
  }

  @Test func `what needs a person is not started again, and the rest is`() throws {
    #expect(try unit("Restart") == ["on-failure"])
    #expect(try unit("RestartPreventExitStatus") == ["1 64"])
    #expect(try unit("SuccessExitStatus") == ["130 143"])
  }

  @Test func `every variable that is set is one that the agent reads`() throws {
    let known = Set(Setting.all.map(\.name))
    let unit = try unit("Environment").map { String($0.prefix { $0 != "=" }) }
    let pod = try text("deploy/kubernetes.yaml").matches(of: /name: ([A-Z][A-Z_]+)/).map { String($0.1) }
    let image = try text("deploy/Dockerfile").matches(of: /(?m)^(?:ENV|  ) ?([A-Z][A-Z_]+)=/).map { String($0.1) }
    let manual = try text("deploy/README.md").matches(of: /(?m)^    ([A-Z][A-Z_]+)=/).map { String($0.1) }
    for (file, names) in [("unit", unit), ("pod", pod), ("image", image), ("manual", manual)] {
      #expect(!names.isEmpty, "\(file)")
      #expect(names.filter { !known.contains($0) } == [], "\(file)")
    }
  }

  @Test func `what the image copies is there, and is sent to the builder`() throws {
    let sent = try text(".dockerignore").split(separator: "\n").filter { $0.hasPrefix("!") }.map { $0.dropFirst() }
    let copies = try text("deploy/Dockerfile").matches(of: #/(?m)^COPY ([^-\s]\S*) /#).map { String($0.1) }
    #expect(copies.count == 4)
    for path in copies {
      #expect(FileManager.default.fileExists(atPath: "\(Program.root)/\(path)"), "\(path)")
      #expect(sent.contains { path == $0 || path.hasPrefix($0 + "/") }, "\(path)")
    }
  }

  @Test func `the pipeline of the ConfigMap is good`() async throws {
    let lines = try text("deploy/kubernetes.yaml").split(separator: "\n", omittingEmptySubsequences: false)
    let begin = try #require(lines.firstIndex { $0.hasSuffix("pipeline.yaml: |") })
    let pipeline = lines[(begin + 1)...].prefix { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
    let folder = try TemporaryFolder()
    let result = try await Program()
      .run("check", try folder.write(pipeline.joined(separator: "\n") + "\n", to: "pipeline.yaml"))
    #expect(result.code == 0, "\(result)")
  }
}
