import TelephoneKit

/// A page of HTML that needs nothing beside itself: no script, no font, no image, no link that leads out.
struct HTMLPage {
  let title: String
  private(set) var body: [String] = []

  init(title: String) { self.title = title }

  mutating func add(_ html: String...) { body += html }

  /// A text in which nothing is markup, and nothing hidden changes how it reads.
  static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": escaped.append(scalar)
      default: escaped.append(scalar.isUnsafe ? "\u{FFFD}" : scalar)
      }
    }
    return String(escaped)
  }

  /// An element with a text.
  static func element(_ name: String, _ text: String, class kind: String? = nil) -> String {
    "<\(name)\(kind.map { " class=\"\($0)\"" } ?? "")>\(escaped(text))</\(name)>"
  }

  /// - Parameter cells: HTML.
  static func row(_ cells: [String], _ cell: String = "td") -> String {
    "<tr>\(cells.map { "<\(cell)>\($0)</\(cell)>" }.joined())</tr>"
  }

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(Self.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    \(body.joined(separator: "\n"))
    </body>
    </html>
    """
  }

  /// Colours come second: what was decided stands there in words, too.
  private static let style = """
    :root { color-scheme: light; --ink: #1b1b1b; --soft: #5c5c5c; --page: #ffffff; --line: #d5d5d5; --good: #0b6b2f;
      --warn: #8a5300; --bad: #a8071a; --added: #e4f5e8; --gone: #fbe7e9; }
    @media (prefers-color-scheme: dark) {
      :root { color-scheme: dark; --ink: #e8e8e8; --soft: #a5a5a5; --page: #16181b; --line: #3a3d42; --good: #7bd694;
        --warn: #f0b65a; --bad: #ff8a94; --added: #17351f; --gone: #40191d; }
    }
    body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; background: var(--page); color: var(--ink);
      font: 1rem/1.5 system-ui, sans-serif; }
    h1, h2, code, pre, ins, del { overflow-wrap: anywhere; }
    code, pre, ins, del, dd { font-family: ui-monospace, monospace; font-size: 0.9em; }
    table { border-collapse: collapse; width: 100%; }
    th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top;
      overflow-wrap: anywhere; }
    ol { padding-left: 1.5rem; }
    li { border-top: 1px solid var(--line); padding: 0.6rem 0; }
    pre { white-space: pre-wrap; border: 1px solid var(--line); padding: 0.6rem; margin: 0.4rem 0; }
    ins { background: var(--added); text-decoration: none; }
    del { background: var(--gone); }
    .soft { color: var(--soft); }
    .good { color: var(--good); font-weight: 600; }
    .warn { color: var(--warn); font-weight: 600; }
    .bad { color: var(--bad); font-weight: 600; }
    ul.plain { list-style: none; padding-left: 0; margin: 0.3rem 0; }
    ul.plain li { border: 0; padding: 0; }
    ul.plain ul.plain { padding-left: 1.5rem; }
    """
}
