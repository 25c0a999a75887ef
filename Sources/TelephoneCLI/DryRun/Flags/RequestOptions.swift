import ArgumentParser
import Foundation
import HTTPTypes
import NIOCore
import Rehearsal

/// The requests that a command line names: one described by flags, or those of files and of curl command lines.
struct RequestOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The method token.", valueName: "token"))
  var method: String?

  @Option(help: ArgumentHelp("Path and query, as they would come in. Default: /", valueName: "target"))
  var target: String?

  @Option(
    name: [.customShort("H"), .long],
    help: ArgumentHelp(
      "A field; may be repeated. In requests of files it takes the place of those of its name.",
      valueName: "name: value"))
  var header: [String] = []

  @Option(help: ArgumentHelp("A file that is the body; '-' is standard input.", valueName: "file"))
  var body: String?

  @Option(help: ArgumentHelp("What the client put into Host. Default: localhost", valueName: "host"))
  var authority: String?

  @Option(help: "http or https: how the client spoke to the gateway. Default: http")
  var scheme: String?

  @Option(help: ArgumentHelp("The client's IP address. Default: 127.0.0.1", valueName: "address"))
  var clientAddress: String?

  @Option(
    name: [.customLong("request")],
    help: ArgumentHelp(
      "Requests from a file: JSON, a recorded exchange, HAR, .http, or curl command lines; from all such files of a "
        + "folder; or from standard input, '-'. May be repeated.", valueName: "file"))
  var files: [String] = []

  @Option(help: ArgumentHelp("A curl command line, in quotes; may be repeated.", valueName: "line"))
  var curl: [String] = []

  /// - Throws: a ``CommandProblem`` that names the flag, or the place in a file.
  func drafts() throws -> [RequestDraft] {
    guard !files.isEmpty || !curl.isEmpty else { return [try draft()] }
    for (flag, value) in [("--method", method), ("--target", target), ("--body", body)] where value != nil {
      throw CommandProblem("\(flag) describes one request and cannot stand beside --request or --curl.", .usage)
    }
    var drafts: [RequestDraft] = []
    do {
      for file in try files.flatMap(expand) { drafts += try read(file) }
      for line in curl { drafts += try RequestFile.read(curl: line) }
    } catch let problem as RequestProblem {
      throw CommandProblem(problem.description, .usage)
    }
    let fields = try fields()
    for index in drafts.indices {
      try give(fields, to: &drafts[index])
      try describe(&drafts[index])
    }
    return drafts
  }

  /// The fields of `-H`.
  private func fields() throws -> HTTPFields {
    var fields = HTTPFields()
    for text in header { try Self.add(try Self.field(text), to: &fields, of: "-H") }
    return fields
  }

  /// Puts fields in the place of those of their names, as if the client of a request had written them.
  private func give(_ fields: HTTPFields, to draft: inout RequestDraft) throws {
    guard !fields.isEmpty else { return }
    for field in fields { draft.fields[field.name] = nil }
    for field in fields { try Self.add(field, to: &draft.fields, of: "-H") }
    if draft.passGateway(), !fields.contains(.contentLength) { draft.fields[.contentLength] = nil }
  }

  private func read(_ file: String) throws -> [RequestDraft] {
    guard file == "-" else { return try RequestFile.read(path: file) }
    let octets = try FileHandle.standardInput.read(upToCount: RequestFile.mostOctets + 1) ?? Data()
    return try RequestFile.read(Array(octets), named: "standard input")
  }

  /// A file as it is; of a folder the files whose endings say that they hold requests.
  private func expand(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return [path]
    }
    let files = try FolderListing.names(in: path)
      .filter { name in RequestFile.endings.contains { name.hasSuffix(".\($0)") } }.sorted()
    guard !files.isEmpty else {
      let endings = RequestFile.endings.map { ".\($0)" }.joined(separator: ", ")
      throw CommandProblem("There is no file of requests (\(endings)) in \(path).", .usage)
    }
    return files.map { "\(path)/\($0)" }
  }

  private func draft() throws -> RequestDraft {
    let bytes = try bodyBytes()
    let token = method ?? (bytes == nil ? "GET" : "POST")
    guard let method = HTTPRequest.Method(token) else {
      throw CommandProblem("--method '\(token)' is no method token (RFC 9110, 9.1).", .usage)
    }
    var draft = RequestDraft(method: method, target: target ?? "/", body: bytes ?? ByteBuffer())
    guard RequestDraft.isTarget(draft.target) else {
      throw CommandProblem("--target must be a path and a query; write a space as %20.", .usage)
    }
    draft.fields = try fields()
    let isChunked = draft.passGateway()
    if let bytes, !isChunked, !draft.fields.contains(.contentLength) {
      draft.fields[.contentLength] = String(bytes.readableBytes)
    }
    try describe(&draft)
    return draft
  }

  /// What holds for requests of all sources.
  private func describe(_ draft: inout RequestDraft) throws {
    if let authority {
      guard RequestDraft.isAuthority(authority) else {
        throw CommandProblem("--authority must be a host such as example.com:8080, not '\(authority)'.", .usage)
      }
      draft.authority = authority
    }
    if let clientAddress {
      guard RequestDraft.isAddress(clientAddress) else {
        throw CommandProblem(
          "--client-address must be an IP address such as 203.0.113.7, not '\(clientAddress)'.", .usage)
      }
      draft.clientAddress = clientAddress
    }
    guard let scheme else { return }
    guard ["http", "https"].contains(scheme) else {
      throw CommandProblem("--scheme must be http or https, not '\(scheme)'.", .usage)
    }
    draft.scheme = scheme
  }

  private func bodyBytes() throws -> ByteBuffer? {
    guard let body else { return nil }
    do {
      let file = try body == "-" ? FileHandle.standardInput : FileHandle(forReadingFrom: URL(fileURLWithPath: body))
      let data = try file.read(upToCount: RequestFile.mostOctets + 1) ?? Data()
      guard data.count <= RequestFile.mostOctets else {
        throw CommandProblem("--body \(body) has more than 64MiB.", .usage)
      }
      return ByteBuffer(bytes: data)
    } catch let problem as CommandProblem {
      throw problem
    } catch {
      throw CommandProblem("The body cannot be read from \(body).", .usage)
    }
  }

  /// Adds a field, if the message may have one more.
  static func add(_ field: HTTPField, to fields: inout HTTPFields, of flag: String) throws {
    guard fields.hasRoom else {
      throw CommandProblem("\(flag): a message has at most \(HTTPFields.most) fields here.", .usage)
    }
    fields.append(field)
  }

  /// A field of `-H`. Its value is never shown: it may be a credential.
  static func field(_ text: String) throws -> HTTPField { try field(text, of: "-H") }

  static func field(_ text: String, of flag: String) throws -> HTTPField {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw CommandProblem("\(flag) must be 'Name: value'.", .usage) }
    guard let name = HTTPField.Name(String(parts[0])) else {
      throw CommandProblem("\(flag) has a name that is none, '\(parts[0])' (RFC 9110, 5.1).", .usage)
    }
    let value = parts[1].trimmingCharacters(in: [" ", "\t"])
    guard HTTPField.isValidValue(value) else {
      throw CommandProblem("The value of \(flag) '\(name)' has a control character (RFC 9110, 5.5).", .usage)
    }
    return HTTPField(name: name, value: value)
  }
}
