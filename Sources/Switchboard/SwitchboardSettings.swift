/// What a switchboard is told when it is made.
package struct SwitchboardSettings: Sendable {
  /// The address to listen on. Default `127.0.0.1`.
  package var host = "127.0.0.1"
  /// The port; 0: the system chooses. Default 4000.
  package var port = 4000
  /// Signs and verifies the tokens (HS256).
  package var secret: String
  /// How long a telephone has for an answer before the client gets 504. Default 60 s.
  package var answerTimeout: Duration = .seconds(60)
  /// For so long after the start a call waits for its telephone before it gets 503: after a restart the telephones need
  /// a moment to dial again. Default 10 s.
  package var startGrace: Duration = .seconds(10)
  /// A socket that sends nothing for so long is closed with 1002. Default 60 s, as in Phoenix.
  package var idleTimeout: Duration = .seconds(60)
  /// The largest request body, in octets; past it 413. Protocol 1 carries bodies only whole. Default 32 MiB.
  package var maxBody = 32 * 1024 * 1024
  /// Calls at once; the next is answered 503. Together with `maxBody` it bounds the memory. Default 1024.
  package var maxCalls = 1024
  /// The largest message from a telephone, in octets. Default 160 MiB: 100 MiB of answer in base64, and a little more.
  package var maxMessage = 160 * 1024 * 1024
  /// Whether bodies travel in base64. Without it only UTF-8 passes, as with older gateways. Default true.
  package var grantsBase64 = true

  package init(secret: String) { self.secret = secret }
}
