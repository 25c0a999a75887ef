package import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

extension NetworkProbe {
  /// What a TLS handshake came to.
  package struct Security: Sendable {
    /// `TLS 1.3`; `nil` if the library does not say.
    package let version: String?
    /// What the peer has shown, and what was verified.
    package let certificate: PeerCertificate?
  }

  /// Connects, goes through the TLS handshake as a dial does, and closes.
  /// - Parameters:
  ///   - caFile: a PEM file of certificate authorities to trust in place of the system's.
  ///   - address: one of ``addresses()``; the certificate must be for the ``host``.
  package func handshake(to address: SocketAddress, caFile: String?) async throws(DialError) -> Security {
    let context: NIOSSLContext
    do {
      context = try await TLSContexts().context(caFile: caFile)
    } catch {
      if error is CancellationError { throw DialError(.cancelled, endpoint: endpoint) }
      let what = caFile.map { "the CA file \($0)" } ?? "the trusted certificates"
      throw DialError(.tls, endpoint: endpoint, detail: "\(what) cannot be read")
    }
    let name = ClientEndpoint.tcp(host: host, port: port).serverName
    let secured = loop.makePromise(of: Security.self)
    let endpoint = endpoint
    let connecting = ClientBootstrap(group: loop).connectTimeout(.hours(24))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let operations = channel.pipeline.syncOperations
          try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
          try operations.addHandler(HandshakeWatch(endpoint: endpoint, secured: secured))
        }
      }
      .connect(to: address)
    connecting.whenFailure { secured.fail($0) }
    // Whatever came of it, also when nobody waits any more.
    secured.futureResult.whenComplete { _ in connecting.whenSuccess { $0.close(promise: nil) } }
    do {
      return try await withTaskCancellationHandler {
        try await secured.futureResult.get()
      } onCancel: {
        secured.fail(CancellationError())
      }
    } catch {
      throw WebSocketClient.translate(error, phase: .upgrade, endpoint: endpoint)
    }
  }
}

/// Waits for the end of a TLS handshake.
private final class HandshakeWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let endpoint: String
  private let secured: EventLoopPromise<NetworkProbe.Security>

  init(endpoint: String, secured: EventLoopPromise<NetworkProbe.Security>) {
    self.endpoint = endpoint
    self.secured = secured
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case TLSUserEvent.handshakeCompleted = event else { return context.fireUserInboundEventTriggered(event) }
    let tls = tls(context)
    secured.succeed(
      NetworkProbe.Security(
        version: tls?.tlsVersion.map(Self.name), certificate: tls?.peerCertificate.flatMap { PeerCertificate($0) }))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    secured.fail(DialError(tls: error, certificate: tls(context)?.peerCertificate, endpoint: endpoint) ?? error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    secured.fail(DialError(.connectionLost, endpoint: endpoint, detail: "during the TLS handshake"))
  }

  private func tls(_ context: ChannelHandlerContext) -> NIOSSLClientHandler? {
    try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
  }

  private static func name(_ version: TLSVersion) -> String {
    switch version {
    case .tlsv1: "TLS 1.0"
    case .tlsv11: "TLS 1.1"
    case .tlsv12: "TLS 1.2"
    case .tlsv13: "TLS 1.3"
    }
  }
}
