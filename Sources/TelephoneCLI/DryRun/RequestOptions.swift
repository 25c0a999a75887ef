import ArgumentParser
import Foundation
import HTTPTypes
import NIOCore
import TelephoneKit

/// A request, described by flags.
struct RequestOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The method token.", valueName: "token"))
  var method: String?

  @Option(help: ArgumentHelp("Path and query, as they would come in.", valueName: "target"))
  var target = "/"

  @Option(name: [.customShort("H"), .long], help: ArgumentHelp("A field; may be repeated.", valueName: "name: value"))
  var header: [String] = []

  @Option(help: ArgumentHelp("A file that is the body; '-' is standard input.", valueName: "file"))
  var body: String?

  @Option(help: ArgumentHelp("What the client put into Host.", valueName: "host"))
  var authority = "localhost"

  @Option(help: "http or https: how the client spoke to the gateway.")
  var scheme = "http"

  @Option(help: ArgumentHelp("The client's IP address.", valueName: "address"))
  var clientAddress = "127.0.0.1"

  /// - Throws: a ``CommandProblem`` that names the flag.
  func request() throws -> Request {
    let bytes = try bodyBytes()
    let token = method ?? (bytes == nil ? "GET" : "POST")
    guard let method = HTTPRequest.Method(token) else {
      throw CommandProblem("--method '\(token)' is no method token (RFC 9110, 9.1).", .usage)
    }
    var fields = HTTPFields()
    for text in header { fields.append(try Self.field(text)) }
    if let bytes, fields[.contentLength] == nil { fields[.contentLength] = String(bytes.readableBytes) }
    return Request(
      method: method, scheme: scheme, authority: authority, target: target, fields: fields,
      body: Body(bytes ?? ByteBuffer()), clientAddress: clientAddress)
  }

  private func bodyBytes() throws -> ByteBuffer? {
    guard let body else { return nil }
    do {
      let data =
        body == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data()
        : try Data(contentsOf: URL(fileURLWithPath: body))
      return ByteBuffer(bytes: data)
    } catch {
      throw CommandProblem("The body cannot be read from \(body).", .usage)
    }
  }

  static func field(_ text: String) throws -> HTTPField {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else {
      throw CommandProblem("-H must be 'Name: value', not '\(text)'.", .usage)
    }
    let value = parts[1].trimmingCharacters(in: [" ", "\t"])
    guard HTTPField.isValidValue(value) else {
      throw CommandProblem("The value of -H '\(name)' has a control character (RFC 9110, 5.5).", .usage)
    }
    return HTTPField(name: name, value: value)
  }
}
