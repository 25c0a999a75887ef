import HTTPTypes
import PipelineFile
import Rehearsal
import TelephoneKit

/// A dry-run as a page of HTML: a table of the requests if there are several, then each of them stage by stage.
struct HTMLReport {
  private let pass: DryRunPass
  private let options: [String: [OptionInForce]]

  init(_ pass: DryRunPass) {
    self.pass = pass
    options = pass.pipeline.optionsInForce
  }

  var text: String {
    var page = HTMLPage(title: "\(pass.pipeline.name): dry-run")
    page.add(
      HTMLPage.element("h1", "Dry-run of \(pass.pipeline.name)"),
      HTMLPage.element(
        "p",
        "\(pass.pipeline.file), \(pass.isLive ? "with live backends" : "with a stub in the place of every backend")",
        class: "soft"))
    for note in pass.notes { page.add(HTMLPage.element("p", note, class: "soft")) }
    if pass.exchanges.count > 1 { page.add(table) }
    for exchange in pass.exchanges { page.add(section(exchange)) }
    return page.text
  }

  private var table: String {
    let rows = pass.exchanges.map { exchange in
      let result = exchange.result
      return HTMLPage.row([
        "<a href=\"#request-\(exchange.number)\">\(exchange.number)</a>",
        HTMLPage.element("code", result.head), HTMLPage.escaped(result.answer.status.map { "\($0.code)" } ?? "-"),
        HTMLPage.element("span", result.outcome.kind.rawValue, class: Self.kind(result.outcome.kind)),
        HTMLPage.escaped(result.outcome.decidedBy ?? "-"), HTMLPage.escaped(result.outcome.code ?? "-"),
        HTMLPage.escaped(Timing(real: result.realElapsed, clock: result.elapsed).words),
      ])
    }
    let head = HTMLPage.row(["#", "Request", "Status", "Outcome", "Decided by", "Code", "Time"], "th")
    return "<table><thead>\(head)</thead><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>"
  }

  private func section(_ exchange: DryRunPass.Exchange) -> String {
    let result = exchange.result
    var html = ["<section id=\"request-\(exchange.number)\">"]
    html.append("<h2>\(exchange.number). <code>\(HTMLPage.escaped(result.head))</code></h2>")
    html.append(
      "<p>\(HTMLPage.element("span", result.decision, class: Self.kind(result.outcome.kind)))"
        + "\(exchange.offset > .zero ? HTMLPage.element("span", ", \(exchange.offset.text) after the beginning", class: "soft") : "")</p>"
    )
    let messages = HTMLMessages(result)
    html.append(messages.request)
    html.append("<ol>")
    html += result.trace.map { HTMLStep($0, options[$0.step] ?? []).text }
    html.append("</ol>")
    html.append(messages.backend)
    html.append(messages.answer)
    html.append("</section>")
    return html.joined(separator: "\n")
  }

  static func kind(_ kind: Outcome.Kind) -> String {
    switch kind {
    case .delivered: "good"
    case .refused: "warn"
    case .failed, .abandoned: "bad"
    }
  }
}
