import TelephoneKit

/// All stages of a binary, by track.
struct StageShelf {
  private let tracks: [(track: Track, stages: [StageType])]

  init(_ all: [StageType]) {
    tracks = Track.allCases.map { track in (track, all.filter { $0.track == track }) }
      .filter { !$0.stages.isEmpty }
  }

  func text(_ terminal: Terminal) -> String {
    tracks.flatMap { track, stages in
      [terminal.bold("\(track.rawValue) track")] + stages.map { "  \($0.name.padded(to: 18)) \($0.summary)" }
    }.joined(separator: "\n")
  }

  /// The index of the pages.
  var markdown: String {
    var lines = [
      "# Stages", "",
      "Made by `telephone stages --format markdown --output DIR` from the declarations of the stages; do not edit.",
    ]
    for (track, stages) in tracks {
      lines += ["", "## The \(track.rawValue) track", "", "| stage | what it does |", "|---|---|"]
      lines += stages.map { "| [\($0.name)](\($0.name).md) | \(Markdown.cell($0.summary)) |" }
    }
    return lines.joined(separator: "\n")
  }
}
