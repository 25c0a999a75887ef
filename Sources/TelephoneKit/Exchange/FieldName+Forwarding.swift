public import HTTPTypes

extension HTTPField.Name {
  /// `Host`, where it travels as a field. A ``Request`` keeps it as its authority instead.
  public static let hostField = known("Host")
  /// `Forwarded` (RFC 7239), which says in one field what the `X-Forwarded-*` say.
  public static let forwarded = known("Forwarded")
  /// `X-Forwarded-For`: the addresses of the client and of those who forwarded the request, the last hop last.
  public static let xForwardedFor = known("X-Forwarded-For")
  /// `X-Forwarded-Host`: the authority that the client asked for.
  public static let xForwardedHost = known("X-Forwarded-Host")
  /// `X-Forwarded-Proto`: `http` or `https`, how the client spoke to the first hop.
  public static let xForwardedProto = known("X-Forwarded-Proto")

  /// A name that is a token, written in this source.
  private static func known(_ token: String) -> HTTPField.Name {
    HTTPField.Name(token) ?? .via
  }
}
