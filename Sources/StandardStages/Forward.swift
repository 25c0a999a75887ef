package import Backend
import HTTPTypes
import Logging
package import TelephoneKit

/// Sends the request to a backend and hands over its answer, whose body has not been read yet.
///
/// Fields of the connection are removed (RFC 9110, 7.6.1), `X-Forwarded-*` and `Via` added. Redirects are relayed, bytes
/// never decoded, bodies streamed both ways. Every method but CONNECT and TRACE is passed on as it is.
package struct Forward: BackendStage {
  package enum Host: String, OptionChoice {
    /// `Host` is that of the backend.
    case backend
    /// `Host` is what the client wrote.
    case preserve
  }

  package struct Options: StageOptions {
    @Option(
      help: "Where requests go: http://host:port, https://host:port, or unix:/path/of/a.sock for a Unix socket.",
      required: Origin(scheme: .http, host: "127.0.0.1", port: 8080))
    package var to: Origin
    @Option(help: "How long until there is a connection, TLS included.", range: .milliseconds(1)...(.seconds(600)))
    package var connectTimeout = Duration.seconds(2)
    @Option(
      help: "How long from the end of the request to the answer's head, or none.",
      range: .after(.milliseconds(1))...(.none))
    package var firstByteTimeout = TimeLimit.after(.seconds(10))
    @Option(
      help: "How long nothing may move while a request is sent, or an answer's body is waited for, or none.",
      range: .after(.milliseconds(1))...(.none))
    package var idleTimeout = TimeLimit.after(.seconds(30))
    @Option(
      help: "How long from the beginning to the answer's last octet, or none. It ends when a WebSocket is open.",
      range: .after(.milliseconds(1))...(.none))
    package var totalTimeout = TimeLimit.after(.seconds(60))
    @Option(help: "Whether Host is that of the backend, or what the client wrote (preserve).")
    package var host = Host.backend
    @Option(
      help: "A PEM file with the certificates to trust instead of the system's, for https.", example: "backend-ca.pem")
    package var ca: String? = nil
    @Option(
      help: "The most connections; who comes when all are in use waits. An open WebSocket does not count.",
      range: 1...65536)
    package var maxConnections = 1024
    @Option(help: "The most requests that wait for a connection; further ones are answered 503.", range: 0...65536)
    package var maxWaiting = 1024
    @Option(
      help: "How long an idle connection is kept; less than the backend keeps it.",
      range: .zero...(.seconds(3600)))
    package var keepAlive = Duration.seconds(4)

    package init() {}

    package func validate() throws {
      if ca?.isEmpty == true { throw OptionProblem("'ca' must not be empty", option: "ca") }
      if ca != nil, to.scheme == .http {
        throw OptionProblem("'ca' is for a backend with https only", option: "ca")
      }
    }
  }

  package static let name = "forward"
  package static let summary = "Sends the request to a backend over HTTP/1.1."
  package static let answers =
    [
      StageAnswer(400, "bad-target", "the target is no path and not *, or holds another octet than visible ASCII"),
      StageAnswer(405, "method-not-forwarded", "the method is CONNECT or TRACE"),
      StageAnswer(503, "backend-not-connected", "this is a dry-run, which opens no connection"),
    ]
    + BackendFault.Kind.allCases.map { StageAnswer($0.status.code, $0.code, $0.reason) }

  private let origin: Origin
  private let host: Host
  private let client: BackendClient?

  package init(_ options: Options, _ context: StageContext) throws {
    origin = options.to
    host = options.host
    guard context.mayConnect else {
      client = nil
      return
    }
    var configuration = PooledTransport.Configuration()
    configuration.connectTimeout = options.connectTimeout
    configuration.maxConnections = options.maxConnections
    configuration.maxWaiting = options.maxWaiting
    configuration.keepAlive = options.keepAlive
    configuration.caFile = options.ca.map(context.path)
    do {
      client = BackendClient(
        transport: try PooledTransport(configuration, clock: context.clock),
        limits: BackendLimits(
          connect: options.connectTimeout, firstByte: options.firstByteTimeout.duration,
          idle: options.idleTimeout.duration, total: options.totalTimeout.duration),
        clock: context.clock)
    } catch {
      throw StageBuildError(
        "The CA file '\(options.ca ?? "")' cannot be read. Give a PEM file with certificates.", option: "ca",
        cause: error)
    }
  }

  package func respond(to exchange: Exchange) async throws -> Response {
    let request = try backendRequest(for: exchange)
    if exchange.request.method == .options, Self.hopsLeft(of: exchange.request) == 0 { return Self.lastHop() }
    guard let client else { throw Self.notConnected() }
    return try await client.respond(to: request) { status, fields in
      try await exchange.interim(status, fields)
    } atEnd: { giveUp in
      exchange.onEnd { _ in giveUp() }
    }
  }

  // What makes large values is not inlined, so that the frame of `respond` is small.

  @inline(never)
  private static func lastHop() -> Response { Response(status: .ok, fields: [.allow: methods]) }

  @inline(never)
  private static func notConnected() -> Failure {
    Failure(status: .serviceUnavailable, code: "backend-not-connected", "No request leaves this machine in a dry-run.")
  }

  @inline(never)
  private func backendRequest(for exchange: Exchange) throws -> BackendRequest {
    let request = exchange.request
    guard request.method != .connect, request.method != .trace else {
      throw Refusal(
        status: .methodNotAllowed, code: "method-not-forwarded", "This method is not passed on.",
        fields: [.allow: Self.methods])
    }
    guard request.target.utf8.first == UInt8(ascii: "/") || request.target == "*",
      request.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw Refusal(status: .badRequest, code: "bad-target", "The request target is not a path.") }
    let authority = host == .preserve && !request.authority.isEmpty ? request.authority : nil
    var fields = ForwardedFields.fields(for: request)
    if let hops = Self.hopsLeft(of: request) { fields[.maxForwards] = String(max(0, hops - 1)) }
    return BackendRequest(
      origin: origin, method: request.method, target: request.target, authority: authority,
      fields: fields, body: request.body, webSocket: request.asksForWebSocket)
  }

  private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

  /// How often an OPTIONS may be passed on, if it says so: at 0 it is answered here (RFC 9110, 7.6.2).
  @inline(never)
  private static func hopsLeft(of request: Request) -> Int? {
    guard request.method == .options, let text = request.fields[.maxForwards],
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }

  package func shutdown() async { await client?.shutdown() }
}
