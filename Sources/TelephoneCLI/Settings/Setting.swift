/// A setting: its name in the environment, what it is for, and its default.
///
/// The names are those of the Go program, so that ours runs in its place.
struct Setting: Sendable {
  let name: String
  let help: String
  /// As it would be written; `nil`: none.
  let defaultText: String?

  static let token = Setting(
    "TELEPHONE_TOKEN", "The token to dial in with, a JWT of the gateway. Not needed when the store has one.")
  static let tokenSecret = Setting("TOKEN_SECRET", "The gateway's secret that tokens are verified with (HS256).")
  static let tokenPublicKey = Setting("TOKEN_PUBLIC_KEY", "In its stead: the gateway's public key or certificate, PEM.")
  static let tokenKeySet = Setting("TOKEN_JWKS_URL", "In its stead: the URL of the gateway's key set.")
  static let tokenVerification = Setting(
    "TOKEN_VERIFICATION", "on, or off: signatures of tokens are not looked at.", "on")
  static let secretKeyBase = Setting(
    "SECRET_KEY_BASE", "Seals the token store (32 octets or more), and stands in for TOKEN_SECRET where nothing is set."
  )
  static let gateway = Setting(
    "PLUGBOARD_URL", "The gateway's socket, ws or wss.", "ws://127.0.0.1:4000/telephone/websocket")
  static let backendHost = Setting("BACKEND_HOST", "The backend's host, for pipelines/default.yaml.", "localhost")
  static let backendPort = Setting("BACKEND_PORT", "The backend's port.", "8080")
  static let backendScheme = Setting("BACKEND_SCHEME", "http or https.", "http")
  static let connectTimeout = Setting("CONNECT_TIMEOUT", "For the dial to the gateway.", "10s")
  static let requestTimeout = Setting("REQUEST_TIMEOUT", "From the end of a request to the head of its answer.", "30s")
  static let heartbeatInterval = Setting("HEARTBEAT_INTERVAL", "Between two heartbeats.", "30s")
  static let heartbeatTimeout = Setting(
    "HEARTBEAT_TIMEOUT", "For the answer to each heartbeat; half of HEARTBEAT_INTERVAL if it is not set.")
  static let monitorInterval = Setting(
    "CONNECTION_MONITOR_INTERVAL",
    "Read for the Go program's sake. A dead line is noticed by its heartbeats; nothing needs to be polled.", "5s")
  static let initialBackoff = Setting("INITIAL_BACKOFF", "The longest wait before the first new attempt.", "1s")
  static let maxBackoff = Setting("MAX_BACKOFF", "The longest wait before any attempt.", "30s")
  static let maxRetries = Setting("MAX_RETRIES", "Failed attempts in a row before giving up; -1: never.", "-1")
  static let tokenDatabase = Setting(
    "TOKEN_DB_PATH", "The file that refreshed tokens are kept in, sealed.", "./telephone.db")
  static let databaseTimeout = Setting("DB_TIMEOUT", "For one operation on that file.", "5s")
  static let tokenKeep = Setting("TOKEN_DB_KEEP", "The most tokens of one path id in that file.", "5")
  static let maxResponseSize = Setting(
    "MAX_RESPONSE_SIZE", "The largest answer that protocol 1 holds to send it whole.", "100MiB")
  static let chunkSize = Setting("CHUNK_SIZE", "The largest chunk of an answer.", "1MiB")
  static let healthPort = Setting(
    "HEALTH_CHECK_PORT", "The port of /live, /ready and /health, on all addresses; 0: none.", "0")
  static let maxConcurrent = Setting(
    "MAX_CONCURRENT", "Exchanges at once on each line of protocol 1; the next gets 503.", "256")
  static let maxStreams = Setting(
    "MAX_STREAMS", "Exchanges at once on each line of protocol 2; the gateway opens no more.", "1024")
  static let tunnelConnections = Setting(
    "TUNNEL_CONNECTIONS", "Lines to the gateway, each a socket of its own, from 1 to 8.", "1")
  static let shutdownGrace = Setting("SHUTDOWN_GRACE", "How long exchanges may go on after SIGTERM.", "30s")
  static let caFile = Setting("TELEPHONE_CA_FILE", "CA certificates in PEM to trust for wss instead of the system's.")

  /// All of them, in the order in which help shows them.
  static let all = [
    token, gateway, tokenSecret, tokenPublicKey, tokenKeySet, tokenVerification, secretKeyBase, backendHost,
    backendPort, backendScheme, connectTimeout, requestTimeout,
    heartbeatInterval, heartbeatTimeout, monitorInterval, initialBackoff, maxBackoff, maxRetries, tunnelConnections,
    maxStreams,
    maxConcurrent, maxResponseSize, chunkSize, shutdownGrace, healthPort, caFile, tokenDatabase, tokenKeep,
    databaseTimeout,
  ]

  private init(_ name: String, _ help: String, _ defaultText: String? = nil) {
    self.name = name
    self.help = help
    self.defaultText = defaultText
  }
}
