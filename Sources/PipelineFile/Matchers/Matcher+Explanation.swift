import HTTPTypes
package import TelephoneKit

extension Matcher {
  package func explanation(_ exchange: Exchange) -> ConditionExplanation {
    explanation(exchange.request, status: exchange.status?.code, hiding: exchange.redaction)
  }

  /// Every part is compared, also where the first has decided already.
  /// - Parameter status: of the answer, `nil` as long as there is none.
  package func explanation(
    _ request: Request, status: Int? = nil, hiding redaction: Redaction
  ) -> ConditionExplanation {
    let parts: [Matcher] =
      switch self {
      case .all(let matchers), .any(let matchers): matchers
      case .not(let matcher): [matcher]
      default: []
      }
    return ConditionExplanation(
      redaction.shown(description), isMet: matches(request, status: status),
      seen: seen(request, status, redaction),
      parts: parts.map { $0.explanation(request, status: status, hiding: redaction) })
  }

  private func seen(_ request: Request, _ status: Int?, _ redaction: Redaction) -> String? {
    switch self {
    case .path: return "the path is \(redaction.shown(String(request.path)))"
    case .method: return "the method is \(request.method.rawValue)"
    case .header(let name, _):
      let values = request.fields[fields: name].map(redaction.shown)
      return values.isEmpty ? "it is not there" : "it is \(values.joined(separator: ", "))"
    case .host:
      return request.authority.isEmpty ? "no host is named" : "the host is \(redaction.shown(request.authority))"
    case .clientAddress: return request.clientAddress.map { "the address is \($0)" } ?? "the address is not known"
    case .status: return status.map { "the status is \($0)" } ?? "there is no answer yet"
    case .all, .any, .not: return nil
    }
  }
}
