import ArgumentParser
import Foundation
import HTTPTypes
import NIOCore
import PipelineFile
import Rehearsal
import TelephoneKit

/// What the stub answers in the place of every backend.
struct StubOptions: ParsableArguments {
  @Option(name: .customLong("stub-status"), help: ArgumentHelp("Its status. Default: 200", valueName: "code"))
  var status: Int?

  @Option(name: .customLong("stub-field"), help: ArgumentHelp("A field; may be repeated.", valueName: "name: value"))
  var fields: [String] = []

  @Option(name: .customLong("stub-body"), help: ArgumentHelp("Its body.", valueName: "text"))
  var body: String?

  @Option(name: .customLong("stub-body-file"), help: ArgumentHelp("A file that is its body.", valueName: "file"))
  var bodyFile: String?

  @Option(
    name: .customLong("stub-delay"),
    help: ArgumentHelp("How long its head is waited for, on the clock of the dry-run.", valueName: "duration"),
    transform: FlagValue.duration)
  var delay: Duration?

  @Option(
    name: .customLong("stub-chunks"),
    help: ArgumentHelp("The size of the pieces that its body comes in.", valueName: "size"),
    transform: FlagValue.size)
  var chunks: ByteSize?

  @Option(
    name: .customLong("stub-pause"),
    help: ArgumentHelp("How long each piece but the first is waited for.", valueName: "duration"),
    transform: FlagValue.duration)
  var pause: Duration?

  @Option(
    name: .customLong("stub-fail-at"),
    help: ArgumentHelp("Where it breaks off: 'head', or an octet of its body.", valueName: "octet"))
  var failAt: String?

  @Option(
    name: .customLong("stub"),
    help: ArgumentHelp(
      "A YAML file that describes it, also per route, as under 'stub' in tests (docs/testing.md).", valueName: "file"))
  var file: String?

  /// The flags that were given.
  var given: [String] {
    [
      ("--stub-status", status != nil), ("--stub-field", !fields.isEmpty), ("--stub-body", body != nil),
      ("--stub-body-file", bodyFile != nil), ("--stub-delay", delay != nil), ("--stub-chunks", chunks != nil),
      ("--stub-pause", pause != nil), ("--stub-fail-at", failAt != nil), ("--stub", file != nil),
    ].filter(\.1).map(\.0)
  }

  /// - Throws: a ``CommandProblem`` that names the flag, or all that is wrong with the file.
  func plan() throws -> StubPlan {
    if let file {
      if let other = given.first(where: { $0 != "--stub" }) {
        throw CommandProblem("\(other) cannot stand beside --stub: the file says all of it.", .usage)
      }
      return try read(file)
    }
    var answer = StubPlan().fallback
    if let status {
      guard (200...599).contains(status) else {
        throw CommandProblem("--stub-status must be from 200 to 599, not \(status).", .usage)
      }
      answer.status = .init(code: status)
    }
    if let content = try content() {
      answer.pieces = content.readableBytes == 0 ? [] : [content]
      if bodyFile != nil { answer.fields[.contentType] = nil }
    }
    let fields = try fields.map { try RequestOptions.field($0, of: "--stub-field") }
    for field in fields { answer.fields[field.name] = nil }
    for field in fields { try RequestOptions.add(field, to: &answer.fields, of: "--stub-field") }
    answer.delay = delay ?? .zero
    try cut(&answer)
    try breakOff(&answer)
    return StubPlan(fallback: answer)
  }

  private func content() throws -> ByteBuffer? {
    guard let bodyFile else { return body.map { ByteBuffer(string: $0) } }
    guard body == nil else { throw CommandProblem("--stub-body and --stub-body-file exclude each other.", .usage) }
    do {
      let octets = try DiskFileReader().octets(of: bodyFile, limit: RequestFile.mostOctets)
      guard octets.count <= RequestFile.mostOctets else {
        throw CommandProblem("--stub-body-file \(bodyFile) has more than 64MiB.", .usage)
      }
      return ByteBuffer(bytes: octets)
    } catch let error as PipelineFileReadError {
      throw CommandProblem("--stub-body-file \(bodyFile) cannot be read: \(error.reason).", .usage)
    }
  }

  private func cut(_ answer: inout StubAnswer) throws {
    guard let chunks else {
      if pause != nil { throw CommandProblem("--stub-pause stands between chunks; give --stub-chunks, too.", .usage) }
      return
    }
    guard chunks.octets > 0 else { throw CommandProblem("--stub-chunks must be at least 1 octet.", .usage) }
    answer.cut(to: chunks.octets)
    answer.pause = pause ?? .zero
  }

  private func breakOff(_ answer: inout StubAnswer) throws {
    guard let failAt else { return }
    if failAt == "head" {
      answer.breaks = .init(at: .head)
      return
    }
    guard let octet = ByteSize(text: failAt)?.octets else {
      throw CommandProblem("--stub-fail-at takes 'head', or the octet of the body at which it breaks off.", .usage)
    }
    guard octet <= answer.octets else {
      throw CommandProblem("--stub-fail-at \(octet): the stub's body has only \(answer.octets) octets.", .usage)
    }
    answer.breaks = .init(at: .octet(octet))
  }

  private func read(_ path: String) throws -> StubPlan {
    var diagnostics = DiagnosticList()
    do {
      let limits = YAMLLimits()
      let octets = try DiskFileReader().octets(of: path, limit: limits.octets)
      let plan = YAMLComposer.compose(octets, file: path, limits: limits, into: &diagnostics)
        .flatMap { StubPlan($0, FileContents(namedBy: path), into: &diagnostics) }
      try diagnostics.throwErrors()
      if let plan { return plan }
      throw CommandProblem("--stub \(path) says nothing.", .usage)
    } catch let error as PipelineFileReadError {
      throw CommandProblem("--stub \(path) cannot be read: \(error.reason).", .usage)
    } catch let error as PipelineFileError {
      throw CommandProblem(
        "--stub \(path) cannot be used.\n\(error.diagnostics.map(\.rendered).joined(separator: "\n"))", .usage)
    }
  }
}
