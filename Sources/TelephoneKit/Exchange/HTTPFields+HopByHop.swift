package import HTTPTypes

extension HTTPFields {
  /// The fields without those that are meant for one connection only (RFC 9110, 7.6.1), also those that `Connection`
  /// names. What is left keeps its order and its repeats.
  package func withoutHopByHop() -> HTTPFields {
    guard contains(where: { $0.name.isHopByHop }) else { return self }
    var kept = HTTPFields()
    kept.reserveCapacity(count)
    var options: [String] = []
    for field in self {
      if field.name == .connection { options += field.connectionOptions }
      if !field.name.isHopByHop { kept.append(field) }
    }
    if !options.isEmpty { kept.removeAll { options.contains($0.name.canonicalName) } }
    return kept
  }
}

extension HTTPField {
  /// The fields that this field, a `Connection`, names, in lower case; without the options that name none.
  package var connectionOptions: [String] {
    value.split(separator: ",").compactMap { element in
      let option = element.filter { $0 != " " && $0 != "\t" }.lowercased()
      return ["close", "keep-alive", "upgrade"].contains(option) ? nil : option
    }
  }
}

extension HTTPField.Name {
  /// Whether a field of this name can come to a stage. `Host` is the request's authority there, and fields that are meant
  /// for one connection end at the gateway.
  package var reachesStages: Bool { !isHopByHop && self != .hostField }

  /// Whether a field of this name is meant for one connection only, whatever `Connection` says.
  package var isHopByHop: Bool {
    let name = canonicalName
    // By length first: most names are compared with nothing then.
    switch name.utf8.count {
    case 2 where name == "te", 7 where name == "upgrade",
      10 where name == "connection" || name == "keep-alive", 17 where name == "transfer-encoding":
      return true
    default:
      // proxy-connection, proxy-authenticate, proxy-authorization and their kin.
      return name.utf8.first == UInt8(ascii: "p") && name.hasPrefix("proxy-")
    }
  }
}
