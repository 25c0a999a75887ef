import Foundation
import HTTPWire
import NIOCore
import TelephoneKit

/// The way to the gateway below HTTP: name, TCP, TLS.
struct NetworkSteps: Sendable {
  /// A certificate that expires sooner is warned about, in days.
  private static let soon = 14

  let gateway: GatewaySettings
  /// For each connection.
  let timeout: Duration

  func name() async -> Examined<[SocketAddress]> {
    let probe = gateway.probe
    do {
      let addresses = try await withDeadline(timeout, clock: ContinuousClock()) { try await probe.addresses() }
      let list = addresses.map(\.shown).joined(separator: ", ")
      return Finding.ok("\(gateway.url.host): \(list)").with(addresses)
    } catch {
      return Finding.failed(Self.sentence(error, "\(gateway.url.host) was not resolved within \(timeout.text)."))
        .without([SocketAddress].self)
    }
  }

  /// Connects to each address, to all at once.
  /// - Returns: the first one, in the order of ``name()``, that took the connection.
  func tcp(_ addresses: [SocketAddress]) async -> Examined<SocketAddress> {
    let (probe, timeout, clock) = (gateway.probe, timeout, ContinuousClock())
    let attempts = await withTaskGroup(of: (Int, Attempt).self) { group in
      for (place, address) in addresses.enumerated() {
        group.addTask {
          let began = clock.now
          do {
            try await withDeadline(timeout, clock: clock) { try await probe.connect(to: address) }
            return (place, Attempt(words: TracePrinter.time(began.duration(to: clock.now)), isOpen: true))
          } catch {
            return (place, Attempt(words: Self.reason(error, timeout), isOpen: false))
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    let words = addresses.indices.compactMap { place in
      attempts[place].map { "\(addresses[place].shownWithPort) \($0.words)" }
    }
    let sentence = words.joined(separator: ", ")
    guard let open = addresses.indices.first(where: { attempts[$0]?.isOpen == true }) else {
      return Finding.failed(
        sentence, "Look whether the gateway runs there, whether PLUGBOARD_URL has the right port, and for a firewall."
      ).without(SocketAddress.self)
    }
    guard !attempts.values.contains(where: { !$0.isOpen }) else {
      return Finding.warning(
        sentence, "An agent dials the other address, a little later. Take the dead one out of the DNS."
      ).with(addresses[open])
    }
    return Finding.ok(sentence).with(addresses[open])
  }

  func tls(_ address: SocketAddress?) async -> Examined<Bool> {
    guard let address else { return Finding.skipped("there is no connection").without(Bool.self) }
    let (probe, caFile) = (gateway.probe, gateway.caFile)
    let trust = caFile.map { "TELEPHONE_CA_FILE (\($0))" } ?? "the system's certificates"
    do {
      let security = try await withDeadline(timeout, clock: ContinuousClock()) {
        try await probe.handshake(to: address, caFile: caFile)
      }
      let version = security.version ?? "TLS"
      guard let certificate = security.certificate else {
        return Finding.ok("\(version), trusted by \(trust)").with(true)
      }
      let days = certificate.daysLeft(at: Date())
      let words =
        "\(version), trusted by \(trust): \(certificate.sentence), \(FindingPrinter.count(days, "day")) left"
      return days < Self.soon
        ? Finding.warning(words, "The certificate expires soon: let the gateway's operator renew it.").with(true)
        : Finding.ok(words).with(true)
    } catch {
      let late = "\(address.shownWithPort) did not answer the TLS handshake within \(timeout.text)."
      let isTrust = (error as? DialError)?.trust != nil
      return Finding.failed(
        Self.sentence(error, late), isTrust ? "What is trusted now: \(trust); set TELEPHONE_CA_FILE for another." : nil
      ).without(Bool.self)
    }
  }

  private struct Attempt: Sendable {
    var words: String
    var isOpen: Bool
  }

  /// An error of a probe; `late` for the end of its time.
  static func sentence(_ error: any Error, _ late: String) -> String {
    switch error {
    case let error as DialError where error.kind != .cancelled: error.sentence
    default: late
    }
  }

  /// The same in a word or two.
  static func reason(_ error: any Error, _ timeout: Duration) -> String {
    switch (error as? DialError)?.kind {
    case .refused: "refused"
    case .unreachable(let number): String(cString: strerror(number)).lowercased()
    case .none, .cancelled: "no answer within \(timeout.text)"
    default: "failed"
    }
  }
}

extension SocketAddress {
  /// The address alone.
  var shown: String { ipAddress ?? pathname ?? "" }

  /// `127.0.0.1:4000`, `[::1]:4000` or the path of a Unix socket.
  var shownWithPort: String {
    guard let ipAddress, let port else { return shown }
    return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
  }
}
