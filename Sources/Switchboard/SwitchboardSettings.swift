package import Tunnel

/// What a switchboard is told when it is made.
package struct SwitchboardSettings: Sendable, Equatable {
  /// The address to listen on. Default `127.0.0.1`.
  package var host = "127.0.0.1"
  /// The port; 0: the system chooses. Default 4000.
  package var port = 4000
  /// Signs and verifies the tokens (HS256).
  package var secret: String
  /// The protocols that may be granted, 1 and 2. Protocol 1 is spoken where no other was agreed on. Default both.
  package var protocols: Set<Int> = [1, 2]
  /// What is taken at once on protocol 2: `maxFrame`, `maxMessage` and `streamCredit`, see there.
  package var terms = LineTerms()
  /// How long a telephone has for the head of an answer before the client gets 504: on protocol 2 from the end of the
  /// request, on protocol 1 for the whole exchange. Default 60 s.
  package var answerTimeout: Duration = .seconds(60)
  /// For so long after the start a call waits for its telephone before it gets 503: after a restart the telephones need
  /// a moment to dial again. Default 10 s.
  package var startGrace: Duration = .seconds(10)
  /// A socket that sends nothing for so long is closed with 1002. Default 60 s, as in Phoenix.
  package var idleTimeout: Duration = .seconds(60)
  /// At a shutdown, calls that run may take so long to end; then every line is closed. Default 10 s.
  package var shutdownGrace: Duration = .seconds(10)
  /// The largest request body on protocol 1, in octets; past it 413: there bodies are carried only whole. Default 32 MiB.
  package var maxBody = 32 * 1024 * 1024
  /// How many octets of request bodies may be held on protocol 1, of all calls together; past it 503. Default 256 MiB.
  package var maxHeldBodies = 256 * 1024 * 1024
  /// How long a request body on protocol 1 may take to come; past it 408. Default 5 min.
  package var bodyTimeout: Duration = .seconds(300)
  /// Calls at once, open WebSockets too; the next is answered 503. Default 8192.
  package var maxCalls = 8192
  /// The largest message from a telephone, in octets. Default 160 MiB: 100 MiB of answer in base64, and a little more.
  package var maxMessage = 160 * 1024 * 1024
  /// Whether bodies travel in base64 on protocol 1. Without it only UTF-8 passes, as with older gateways. Default true.
  package var grantsBase64 = true

  package init(secret: String) { self.secret = secret }
}
