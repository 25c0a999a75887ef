/// A setting: its name in the environment, what it is for, and its default.
///
/// The names are those of the Go program, so that ours runs in its place.
struct Setting: Sendable {
  let name: String
  let help: String
  /// As it would be written; `nil`: none.
  let defaultText: String?

  static let token = Setting("TELEPHONE_TOKEN", "The token to dial in with, a JWT of the gateway.")
  static let secretKeyBase = Setting("SECRET_KEY_BASE", "The secret that signs tokens where TOKEN_SECRET is not set.")
  static let tokenSecret = Setting("TOKEN_SECRET", "The secret that signs tokens (HS256).")
  static let gateway = Setting(
    "PLUGBOARD_URL", "The gateway's socket, ws or wss.", "ws://127.0.0.1:4000/telephone/websocket")
  static let backendHost = Setting("BACKEND_HOST", "The backend's host, for pipelines/default.yaml.", "localhost")
  static let backendPort = Setting("BACKEND_PORT", "The backend's port.", "8080")
  static let backendScheme = Setting("BACKEND_SCHEME", "http or https.", "http")
  static let connectTimeout = Setting("CONNECT_TIMEOUT", "For the dial to the gateway.", "10s")
  static let requestTimeout = Setting("REQUEST_TIMEOUT", "From the end of a request to the head of its answer.", "30s")
  static let heartbeatInterval = Setting("HEARTBEAT_INTERVAL", "Between two heartbeats.", "30s")
  static let monitorInterval = Setting(
    "CONNECTION_MONITOR_INTERVAL",
    "Read for the Go program's sake. A dead line is noticed by its heartbeats; nothing needs to be polled.", "5s")
  static let initialBackoff = Setting("INITIAL_BACKOFF", "The longest wait before the first new attempt.", "1s")
  static let maxBackoff = Setting("MAX_BACKOFF", "The longest wait before any attempt.", "30s")
  static let maxRetries = Setting("MAX_RETRIES", "Failed attempts in a row before giving up; -1: never.", "-1")
  static let tokenDatabase = Setting("TOKEN_DB_PATH", "Where refreshed tokens will be kept.", "./telephone.db")
  static let databaseTimeout = Setting("DB_TIMEOUT", "For one operation on that file.", "5s")
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
    token, gateway, tokenSecret, secretKeyBase, backendHost, backendPort, backendScheme, connectTimeout, requestTimeout,
    heartbeatInterval, monitorInterval, initialBackoff, maxBackoff, maxRetries, tunnelConnections, maxStreams,
    maxConcurrent, maxResponseSize, chunkSize, shutdownGrace, healthPort, caFile, tokenDatabase, databaseTimeout,
  ]

  private init(_ name: String, _ help: String, _ defaultText: String? = nil) {
    self.name = name
    self.help = help
    self.defaultText = defaultText
  }
}
