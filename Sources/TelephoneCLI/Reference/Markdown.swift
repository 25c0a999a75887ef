/// Texts in Markdown.
enum Markdown {
  /// A text for the cell of a table: what would end the cell, or begin markup, is escaped.
  static func cell(_ text: String) -> String {
    text.reduce(into: "") { cell, character in
      switch character {
      case "|", "<", ">", "*", "\\": cell += "\\\(character)"
      case _ where character.isNewline: cell += " "
      default: cell.append(character)
      }
    }
  }

  /// A text as code, also if it holds backticks.
  static func code(_ text: String) -> String {
    let text = text.replacing("|", with: "\\|")
    return text.contains("`") ? "`` \(text) ``" : "`\(text)`"
  }
}
