package import HTTPTypes

extension HTTPFields {
  /// The fields without those that are meant for one connection only (RFC 9110, 7.6.1), also those that `Connection`
  /// names. What is left keeps its order and its repeats.
  package func withoutHopByHop() -> HTTPFields {
    var named: Set<String> = []
    for value in self[values: .connection] {
      for option in value.split(separator: ",") {
        named.insert(option.filter { $0 != " " && $0 != "\t" }.lowercased())
      }
    }
    return HTTPFields(
      lazy.filter { field in
        let name = field.name.canonicalName
        return !Self.hopByHop.contains(name) && !name.hasPrefix("proxy-") && !named.contains(name)
      })
  }

  /// In lower case. `proxy-connection`, `proxy-authenticate`, `proxy-authorization` and their kin are found by prefix.
  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
  ]
}
