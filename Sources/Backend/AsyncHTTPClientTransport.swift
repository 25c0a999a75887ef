import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOSSL
import TelephoneKit

/// Sends requests with async-http-client, HTTP/1.1 only. Redirects are not followed, bodies not decoded, 1xx dropped.
package final class AsyncHTTPClientTransport: BackendTransport {
  package struct Configuration: Sendable {
    /// When a connection that is being made is given up in the background. Whoever waits for it has a limit of his own,
    /// see ``BackendLimits``. Default 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// The most connections to one origin; who comes when all are in use waits. Default 256.
    package var maxConnections = 256
    /// For how long an idle connection is kept. It should be less than the backend keeps it. Default 4 s.
    package var keepAlive: Duration = .seconds(4)
    /// A PEM file of the certificates that are trusted instead of the system's.
    package var caFile: String?

    package init() {}
  }

  private let client: HTTPClient
  private let flights = Flights()

  /// - Throws: ``BackendFault`` of kind `notTrusted`, if the CA file cannot be read.
  package init(_ configuration: Configuration = Configuration()) throws {
    var settings = HTTPClient.Configuration()
    settings.redirectConfiguration = .disallow
    settings.decompression = .disabled
    settings.httpVersion = .http1Only
    settings.timeout = HTTPClient.Configuration.Timeout(connect: TimeAmount(configuration.connectTimeout))
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.maxConnections
    settings.connectionPool.idleTimeout = TimeAmount(configuration.keepAlive)
    settings.connectionPool.retryConnectionEstablishment = false
    settings.tracing.tracer = nil
    var tls = TLSConfiguration.makeClientConfiguration()
    if let path = configuration.caFile {
      do {
        let certificates = try NIOSSLCertificate.fromPEMFile(path)
        guard !certificates.isEmpty else { throw BackendFault(.notTrusted) }
        tls.trustRoots = .certificates(certificates)
      } catch {
        throw BackendFault(.notTrusted, cause: error)
      }
    }
    settings.tlsConfiguration = tls
    let flights = flights
    settings.http1_1ConnectionDebugInitializer = { RequestEnvelope.install(on: $0, flights) }
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
  }

  package func shutdown() async { try? await client.shutdown() }

  package func send(
    _ request: BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void
  ) async throws -> BackendResponse {
    let flight = Flight(target: request.target, requestBody: request.body, events: events)
    let id = flights.add(flight)
    defer { _ = flights.take(id) }
    do {
      let answer = try await client.execute(outgoing(request, flight, id), deadline: .distantFuture)
      return try await incoming(answer, to: request.method, flight)
    } catch {
      throw Self.translate(error, flight, at: .closed)
    }
  }

  private func outgoing(_ request: BackendRequest, _ flight: Flight, _ id: UInt64) -> HTTPClientRequest {
    var outgoing = HTTPClientRequest(url: "\(request.origin.text)/")
    outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
    outgoing.headers.add(name: "Host", value: request.authority)
    for field in request.fields where field.name.canonicalName != Flights.mark {
      outgoing.headers.add(name: field.name.rawName, value: field.value)
    }
    outgoing.headers.add(name: Flights.mark, value: String(id))
    if request.body.length == 0 { return outgoing }
    let length = request.body.length.map { HTTPClientRequest.Body.Length.known(Int64($0)) } ?? .unknown
    outgoing.body = .stream(OutgoingBody(flight: flight), length: length)
    return outgoing
  }

  private func incoming(
    _ answer: HTTPClientResponse, to method: HTTPRequest.Method, _ flight: Flight
  ) async throws -> BackendResponse {
    let source = IncomingBody(answer.body, flight)
    guard (200...999).contains(answer.status.code), var fields = HTTPFields(checking: answer.headers) else {
      flight.abort()
      throw BackendFault(.malformed)
    }
    // A transfer coding overrides a length (RFC 9112, 6.3).
    if !fields[values: .transferEncoding].isEmpty { fields[values: .contentLength] = [] }
    let status = HTTPResponse.Status(code: Int(answer.status.code))
    let length = fields[values: .contentLength].first.flatMap { Int($0) }
    let isEmpty = method == .head || status == .noContent || status == .notModified || length == 0
    guard isEmpty else {
      return BackendResponse(status: status, fields: fields, body: Body(length: length, source: source))
    }
    // Nothing follows: the end is read here, so that the connection goes back into the pool whoever forgets the body.
    while case .bytes = try await source.read() {}
    return BackendResponse(status: status, fields: fields, body: Body())
  }

  /// An error as ``BackendTransport`` promises it.
  fileprivate static func translate(_ error: any Error, _ flight: Flight, at stage: BackendFault.Kind) -> any Error {
    if let error = flight.requestError { return error }
    if error is BackendFault { return error }
    if Task.isCancelled || error is CancellationError || (error as? HTTPClientError) == .cancelled {
      return CancellationError()
    }
    return BackendFault(error, at: stage)
  }

  /// The request's body as async-http-client pulls it.
  private struct OutgoingBody: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let flight: Flight

    func makeAsyncIterator() -> OutgoingBody { self }

    func next() async throws -> ByteBuffer? {
      do {
        return try await flight.requestBody.next()
      } catch {
        flight.requestError = error
        throw error
      }
    }
  }

  // The iterator is touched by read() only, which a body calls from one reader at a time.
  private final class IncomingBody: BodySource, @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator?
    private let flight: Flight

    init(_ body: HTTPClientResponse.Body, _ flight: Flight) {
      self.iterator = body.makeAsyncIterator()
      self.flight = flight
    }

    func read() async throws -> BodyPart {
      do {
        if let bytes = try await iterator?.next() { return .bytes(bytes) }
        iterator = nil
        try Task.checkCancellation()
        guard flight.isWhole else { throw BackendFault(.cutOff) }
        return .end(trailers: flight.trailers.flatMap { HTTPFields(checking: $0) })
      } catch {
        iterator = nil
        flight.abort()
        throw AsyncHTTPClientTransport.translate(error, flight, at: .cutOff)
      }
    }

    func close() async { flight.abort() }
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
