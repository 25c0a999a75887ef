/// What the options of curl mean here, by their long names.
enum CurlOption: Hashable {
  /// Makes the request what it is.
  case request(Name)
  /// Changes the connection or what is printed, and not the request.
  case ignored(takesValue: Bool)
  /// Would change the request in a way that is not supported; what to do instead.
  case refused(String)

  enum Name: String, CaseIterable {
    case url, request, header, data, json, get, head, user, referer, cookie, compressed, range, globoff
    case dataASCII = "data-ascii"
    case dataBinary = "data-binary"
    case dataRaw = "data-raw"
    case dataURLEncode = "data-urlencode"
    case bearer = "oauth2-bearer"
    case requestTarget = "request-target"
    case urlQuery = "url-query"
    case userAgent = "user-agent"

    var takesValue: Bool {
      switch self {
      case .get, .head, .compressed, .globoff: false
      default: true
      }
    }
  }

  var takesValue: Bool {
    switch self {
    case .request(let name): name.takesValue
    case .ignored(let takesValue): takesValue
    case .refused: false
    }
  }

  static let all: [String: CurlOption] = {
    var all: [String: CurlOption] = [:]
    for name in Name.allCases { all[name.rawValue] = .request(name) }
    for name in ignoredFlags { all[name] = .ignored(takesValue: false) }
    for name in ignoredWithValue { all[name] = .ignored(takesValue: true) }
    for (name, advice) in refused { all[name] = .refused(advice) }
    return all
  }()

  static let short: [Character: String] = [
    "#": "progress-bar", "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4", "6": "ipv6",
    "A": "user-agent",
    "a": "append", "B": "use-ascii", "b": "cookie", "C": "continue-at", "c": "cookie-jar", "D": "dump-header",
    "d": "data", "E": "cert", "e": "referer", "F": "form", "f": "fail", "G": "get", "g": "globoff", "H": "header",
    "I": "head", "i": "include", "J": "remote-header-name", "j": "junk-session-cookies", "K": "config", "k": "insecure",
    "L": "location", "m": "max-time", "N": "no-buffer", "n": "netrc", "O": "remote-name", "o": "output",
    "p": "proxytunnel", "Q": "quote", "q": "disable", "R": "remote-time", "r": "range", "S": "show-error",
    "s": "silent", "T": "upload-file", "t": "telnet-option", "U": "proxy-user", "u": "user", "v": "verbose",
    "w": "write-out", "X": "request", "x": "proxy", "Y": "speed-limit", "y": "speed-time", "Z": "parallel",
    "z": "time-cond",
  ]

  private static let ignoredFlags = [
    "basic", "cert-status", "create-dirs", "disable", "fail", "fail-early", "fail-with-body", "false-start", "http0.9",
    "http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only", "include", "insecure", "ipv4",
    "ipv6",
    "junk-session-cookies", "location", "location-trusted", "no-alpn", "no-buffer", "no-keepalive", "no-progress-meter",
    "no-sessionid", "parallel", "parallel-immediate", "path-as-is", "post301", "post302", "post303", "progress-bar",
    "proxy-insecure", "proxytunnel", "raw", "remote-header-name", "remote-name", "remote-name-all", "remote-time",
    "retry-all-errors", "retry-connrefused", "show-error", "show-headers", "silent", "ssl", "ssl-reqd", "sslv2",
    "sslv3",
    "styled-output", "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tlsv1", "tlsv1.0", "tlsv1.1",
    "tlsv1.2", "tlsv1.3", "tr-encoding", "trace-ids", "trace-time", "use-ascii", "verbose",
  ]

  private static let ignoredWithValue = [
    "abstract-unix-socket", "alt-svc", "cacert", "capath", "cert", "cert-type", "ciphers", "connect-timeout",
    "connect-to", "cookie-jar", "crlfile", "curves", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr", "dns-servers",
    "doh-url", "dump-header", "ech", "engine", "etag-save", "expect100-timeout", "happy-eyeballs-timeout-ms", "hsts",
    "interface", "keepalive-time", "key", "key-type", "limit-rate", "local-port", "max-filesize", "max-redirs",
    "max-time", "noproxy", "output", "output-dir", "parallel-max", "pass", "pinnedpubkey", "preproxy", "proto",
    "proto-default", "proto-redir", "proxy", "proxy-cacert", "proxy-header", "proxy-user", "rate", "resolve", "retry",
    "retry-delay", "retry-max-time", "socks4", "socks4a", "socks5", "socks5-hostname", "speed-limit", "speed-time",
    "stderr", "tls-max", "tls13-ciphers", "trace", "trace-ascii", "trace-config", "unix-socket", "write-out",
  ]

  private static let refused: [String: String] = [
    "anyauth": "its credentials depend on the server; give the field with -H 'Authorization: …'",
    "aws-sigv4": "its signature is made at the time of sending; give the fields with -H",
    "config": "write what the file says into the line",
    "continue-at": "give the field with -r or -H 'Range: …'",
    "digest": "its credentials depend on the server; give the field with -H 'Authorization: …'",
    "form": "give the whole body with --data-binary @FILE, and its type with -H 'Content-Type: multipart/form-data; …'",
    "form-string":
      "give the whole body with --data-binary @FILE, and its type with -H 'Content-Type: multipart/form-data; …'",
    "negotiate": "its credentials depend on the server; give the field with -H 'Authorization: …'",
    "netrc": "give the credentials with -u NAME:PASSWORD",
    "netrc-file": "give the credentials with -u NAME:PASSWORD",
    "netrc-optional": "give the credentials with -u NAME:PASSWORD",
    "next": "write each request as a command of its own",
    "ntlm": "its credentials depend on the server; give the field with -H 'Authorization: …'",
    "time-cond": "give the field with -H 'If-Modified-Since: …'",
    "upload-file": "write -X PUT --data-binary @FILE",
    "variable": "write its value in its place",
  ]
}
